package store

// An OptionalBool is a bool that may be absent. The zero value is absent. Unlike a *bool, equal values compare as equal: it can be
// part of a loader's key.
type OptionalBool int8

// NewOptionalBool returns the value that v points to, or the absent value for nil.
func NewOptionalBool(v *bool) OptionalBool {
	switch {
	case v == nil:
		return 0
	case *v:
		return 1
	default:
		return -1
	}
}

// Pointer returns the value as an optional argument of a query: nil if it is absent.
func (b OptionalBool) Pointer() *bool {
	if b == 0 {
		return nil
	}
	return new(b > 0)
}

// Deref returns the value, or the zero value for nil.
func Deref[T any](v *T) T {
	if v == nil {
		var zero T
		return zero
	}
	return *v
}
