package demo

import (
	"fmt"
	"math"

	"aisle/store/catalog"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// chainRows are the rows that belong to no store.
type chainRows struct {
	Regions       []stores.CopyRegionsParams
	Categories    []catalog.CopyCategoriesParams
	Products      []catalog.CopyProductsParams
	Barcodes      []catalog.CopyBarcodesParams
	Templates     []tasks.CopyTemplatesParams
	TemplateSteps []tasks.CopyTemplateStepsParams
	Managers      []staff.CopyEmployeesParams // of regions
	Admin         staff.CopyEmployeesParams
}

// newPlan makes the rows that belong to no store, and the plan for stores.
func newPlan(o Options) (*plan, chainRows, error) {
	var rows chainRows
	w, err := readSeedData()
	if err != nil {
		return nil, rows, fmt.Errorf("read the seed data: %w", err)
	}
	r := newRandom(o.Seed, 0)
	began := o.Now.Add(-chainAge)
	p := &plan{options: o, seedData: w}
	p.areas = w.areas[:min(regionsFor(o.Stores), len(w.areas))]
	for i, a := range p.areas {
		p.regions = append(p.regions, stores.CopyRegionsParams{
			ID: r.id(began), Code: fmt.Sprintf("R%02d", i+1), Name: a.name, CreatedAt: began, UpdatedAt: began,
		})
	}
	rows.Regions = p.regions
	rows.Admin, rows.Managers = p.newOffice(r)
	rows.Templates, rows.TemplateSteps = makeTemplates(r, began, w.templates)
	var shelves []shelf
	rows.Categories, shelves = makeCategories(r, began, w.departments)
	if p.products, err = makeProducts(r, began, shelves, o.Products); err != nil {
		return nil, rows, err
	}
	rows.Products, rows.Barcodes = p.products.rows, p.products.barcodes
	return p, rows, nil
}

// regionsFor returns the number of regions of a chain: 4 for 20 stores, 20 for 1,000, by a power law.
func regionsFor(count int) int {
	power := math.Log(5) / math.Log(50)
	return min(count, max(1, int(math.Round(4*math.Pow(float64(count)/20, power)))))
}
