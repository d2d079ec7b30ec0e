package staff

// Status says whether an employee works for the chain now.
type Status string

// The statuses. Only active employees can sign in.
const (
	StatusActive  Status = "ACTIVE"
	StatusOnLeave Status = "ON_LEAVE"
	StatusLeft    Status = "LEFT"
)
