package demo

import "aisle/store/stores"

const chainAge = 1200 * day // age of regions, products and templates

// plan is what all stores share. It is read-only after newPlan.
type plan struct {
	options  Options
	seedData seedData
	areas    []area // of the regions, in the same order
	regions  []stores.CopyRegionsParams
	products catalogRows
}
