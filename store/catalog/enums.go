package catalog

import "time"

// A StockUnit is what quantities of a product count.
type StockUnit string

// The units.
const (
	UnitPiece      StockUnit = "PIECE"
	UnitGram       StockUnit = "GRAM"
	UnitMillilitre StockUnit = "MILLILITRE"
)

// A Status says whether the chain sells a product.
type Status string

// The statuses.
const (
	StatusActive       Status = "ACTIVE"
	StatusDiscontinued Status = "DISCONTINUED"
)

// Status returns the product's status.
func (p Product) Status() Status {
	if p.DiscontinuedAt == nil {
		return StatusActive
	}
	return StatusDiscontinued
}

// endedAt reports whether the product was discontinued at an instant.
func (p Product) endedAt(at time.Time) bool {
	return p.DiscontinuedAt != nil && p.DiscontinuedAt.Equal(at)
}
