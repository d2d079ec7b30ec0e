package inventory

// MovementKind is what kind of movement it is.
type MovementKind string

// The kinds.
const (
	KindAdjustment MovementKind = "ADJUSTMENT" // after a count
	KindReceipt    MovementKind = "RECEIPT"    // a delivery
	KindSale       MovementKind = "SALE"
	KindWriteOff   MovementKind = "WRITE_OFF" // broken, expired, stolen
	KindTransfer   MovementKind = "TRANSFER"  // to or from another store
)

// AdjustmentReason is why a stock was corrected.
type AdjustmentReason string

// The reasons.
const (
	ReasonCount   AdjustmentReason = "COUNT"
	ReasonDamaged AdjustmentReason = "DAMAGED"
	ReasonExpired AdjustmentReason = "EXPIRED"
	ReasonTheft   AdjustmentReason = "THEFT"
	ReasonFound   AdjustmentReason = "FOUND"
	ReasonOther   AdjustmentReason = "OTHER"
)
