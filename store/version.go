package store

// CheckVersion answers VERSION_CONFLICT when a thing is not at the version that the client has seen; nil is any.
func CheckVersion(what string, is int32, expected *int32) error {
	if expected == nil || *expected == is {
		return nil
	}
	return NewUserError(CodeVersionConflict, "expectedVersion",
		"The %s has changed since you saw it: it is at version %d, not %d. Look at it again.", what, is, *expected)
}
