package inventory

// MovementKind is the reason for a movement.
type MovementKind string

// The kinds.
const (
	KindAdjustment MovementKind = "ADJUSTMENT" // after a count
	KindReceipt    MovementKind = "RECEIPT"    // a delivery
	KindSale       MovementKind = "SALE"
	KindWriteOff   MovementKind = "WRITE_OFF" // broken, expired, stolen
	KindTransfer   MovementKind = "TRANSFER"  // to or from another store
)
