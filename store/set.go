package store

import (
	"slices"
	"strings"
)

// A Set is a set of enum values. It is comparable, so it can be part of a loader's key. The zero Set is empty.
type Set[T ~string] struct{ sorted string }

// NewSet returns the set of the values.
func NewSet[T ~string](values ...T) Set[T] {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	slices.Sort(words)
	return Set[T]{strings.Join(slices.Compact(words), " ")}
}

// Strings returns the values in alphabetical order, or nil for an empty set: an optional argument of a query.
func (s Set[T]) Strings() []string {
	if s.sorted == "" {
		return nil
	}
	return strings.Fields(s.sorted)
}

// NilIfEmpty converts an enum value to an optional argument of a query: nil for the empty value, which means all.
func NilIfEmpty[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	s := string(value)
	return &s
}
