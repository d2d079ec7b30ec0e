package importer

import (
	"strings"

	"aisle/store/catalog"
)

// unitNames are the names of units in other systems. They are in the singular, because a plural only adds an s.
//
//nolint:gochecknoglobals // a constant
var unitNames = map[string]catalog.StockUnit{
	"piece": catalog.UnitPiece, "pc": catalog.UnitPiece, "each": catalog.UnitPiece, "ea": catalog.UnitPiece,
	"gram": catalog.UnitGram, "gramme": catalog.UnitGram, "g": catalog.UnitGram,
	"millilitre": catalog.UnitMillilitre, "milliliter": catalog.UnitMillilitre, "ml": catalog.UnitMillilitre,
}

// unit returns the unit of a product, or an empty one if the row has none.
func (c *cells) unit() catalog.StockUnit {
	value := c.text(fieldUnit, maxCodeLen)
	name := strings.TrimSuffix(strings.ToLower(value), ".")
	for _, n := range []string{name, strings.TrimSuffix(name, "s")} {
		if unit, ok := unitNames[n]; ok {
			return unit
		}
	}
	if value != "" {
		c.addProblemf(fieldUnit, "The unit %q is not PIECE, GRAM or MILLILITRE.", truncate(value, maxUnitLen))
	}
	return ""
}

const maxUnitLen = 40 // of a unit in a reason
