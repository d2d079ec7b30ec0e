package store

// Change is what bringing a row into the database did to it.
type Change string

// The changes.
const (
	Created   Change = "CREATED"
	Updated   Change = "UPDATED"
	Unchanged Change = "UNCHANGED" // it was so already, and was not touched
	Refused   Change = "REFUSED"   // it breaks a rule, and was left out
)
