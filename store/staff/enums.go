package staff

// Status says whether an employee can sign in.
type Status string

// The statuses. Only active employees can sign in.
const (
	StatusActive   Status = "ACTIVE"
	StatusInactive Status = "INACTIVE"
)
