package stores

// RegionStatus says whether a region is open.
type RegionStatus string

// The statuses of a region.
const (
	RegionOpen   RegionStatus = "OPEN"
	RegionClosed RegionStatus = "CLOSED"
)

// Format is the kind of a store.
type Format string

// The formats.
const (
	FormatHypermarket Format = "HYPERMARKET"
	FormatSupermarket Format = "SUPERMARKET"
	FormatConvenience Format = "CONVENIENCE"
	FormatDiscount    Format = "DISCOUNT"
	FormatDarkStore   Format = "DARK_STORE"
)

// Status is a state in a store's life cycle.
type Status string

// The statuses.
const (
	StatusPlanned Status = "PLANNED"
	StatusOpen    Status = "OPEN"
	StatusPaused  Status = "PAUSED"
	StatusClosed  Status = "CLOSED"
)
