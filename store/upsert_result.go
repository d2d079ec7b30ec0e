package store

// UpsertResult is what bringing a row into the database did to it.
type UpsertResult string

// The changes.
const (
	UpsertCreated   UpsertResult = "CREATED"
	UpsertUpdated   UpsertResult = "UPDATED"
	UpsertUnchanged UpsertResult = "UNCHANGED" // it was so already, and was not touched
	UpsertRejected  UpsertResult = "REFUSED"   // it breaks a rule, and was left out
)
