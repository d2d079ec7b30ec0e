package demo

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// storeRows are all rows of one store.
type storeRows struct {
	Store     stores.CopyStoresParams
	Employees []staff.CopyEmployeesParams
	Prices    []catalog.CopyPricesParams
	Stocks    []inventory.CopyStocksParams
	Lots      []inventory.CopyLotsParams
	Tasks     []tasks.CopyTasksParams
	Steps     []tasks.CopyStepsParams
	Comments  []tasks.CopyCommentsParams
	Feedback  []feedback.CopyFeedbackParams
}

// store makes the n-th store, counted from 1.
func (p *plan) store(n int) storeRows {
	r := newRandom(p.options.Seed, uint64(n)) //nolint:gosec // n is 1 or more
	var s storeRows
	c := p.building(r, n, &s)
	p.team(r, n, &s)
	goods := p.assortment(r, c, &s)
	p.work(r, c, goods, &s)
	p.said(r, c, &s)
	return s
}

// building makes the store itself: where it is, when it is open.
func (p *plan) building(r random, n int, s *storeRows) calendar {
	region := (n - 1) % len(p.regions)
	place, seat := p.place(n)
	format, week := formatOf(r, n)
	created := p.options.Now.Add(-r.duration(200*day, 900*day))
	status := statusOf(n)
	if status == stores.StatusPlanned {
		created = p.options.Now.Add(-r.duration(30*day, 80*day))
	}
	street := p.words.streets[seat%len(p.words.streets)]
	latitude, longitude := near(r, place.latitude), near(r, place.longitude)
	s.Store = stores.CopyStoresParams{
		ID: r.id(created), RegionID: p.regions[region].ID, Code: p.code(n), Name: place.name + " " + street,
		Format: format, Status: status, Address: fmt.Sprintf("%d %s", r.between(10, 9899), street),
		City: place.name, State: place.state, PostalCode: fmt.Sprintf("%s%02d", place.zip, r.between(1, 60)),
		Country: "US", Latitude: &latitude, Longitude: &longitude, Timezone: place.zone.String(),
		OpeningHours: periods(week), CreatedAt: created, UpdatedAt: created,
	}
	return calendar{zone: place.zone, now: p.options.Now, week: week}
}

// place is the city of the n-th store, and a number that no two stores of a city share. Stores go round the regions, and
// within a region round its cities.
func (p *plan) place(n int) (c city, seat int) {
	region, nth := (n-1)%len(p.areas), (n-1)/len(p.areas)
	cities := p.areas[region].cities
	// The next store of a city takes another street: 7 is prime to the number of streets.
	return cities[nth%len(cities)], 13*region + 11*(nth%len(cities)) + 7*(nth/len(cities))
}

// code is S0001 for the first store; longer where the chain needs it, so that codes sort as their numbers do.
func (p *plan) code(n int) string {
	return fmt.Sprintf("S%0*d", max(4, len(strconv.Itoa(p.options.Stores))), n)
}

// statusOf is OPEN for most, and for the first ten.
func statusOf(n int) stores.Status {
	switch {
	case n%40 == 17:
		return stores.StatusPaused
	case n%50 == 33:
		return stores.StatusPlanned
	case n%50 == 49:
		return stores.StatusClosed
	default:
		return stores.StatusOpen
	}
}

// formatOf is a store's format and the hours that go with it. The first store is a supermarket.
func formatOf(r random, n int) (stores.Format, [7]hours) {
	kind := r.choose(55, 12, 15, 14, 4)
	if n == 1 {
		kind = 0
	}
	opens := r.between(6, 7)
	switch kind {
	case 1:
		return stores.FormatHypermarket, week(hours{6, 24}, hours{6, 24}, hours{7, 23})
	case 2:
		return stores.FormatConvenience, week(hours{5, 24}, hours{0, 24}, hours{6, 24})
	case 3:
		return stores.FormatDiscount, week(hours{8, 21}, hours{8, 22}, hours{9, 20})
	case 4:
		return stores.FormatDarkStore, week(hours{6, 23}, hours{6, 23}, hours{6, 23})
	default:
		return stores.FormatSupermarket, week(hours{opens, 22}, hours{opens, 23}, hours{opens + 1, 21})
	}
}

// near is a coordinate a few miles away, with the digits that a survey would have.
func near(r random, degrees float64) float64 {
	const digits = 1e4
	return math.Round((degrees+(r.Float64()-0.5)*0.08)*digits) / digits
}

// closedFor is how long a closed store has been closed.
const closedFor = 30 * day

// working is until when a store of the status has worked; never for a planned one.
func working(status stores.Status, now time.Time) (until time.Time, ever bool) {
	switch status {
	case stores.StatusPlanned:
		return time.Time{}, false
	case stores.StatusClosed:
		return now.Add(-closedFor), true
	default:
		return now, true
	}
}
