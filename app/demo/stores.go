package demo

import (
	"fmt"
	"math"
	"strconv"

	"aisle/store/stores"
)

// makeStore makes the n-th store, counted from 1.
func (p *plan) makeStore(n int) storeRows {
	r := newRandom(p.options.Seed, uint64(n)) //nolint:gosec // n is 1 or more
	var s storeRows
	c := p.addStore(r, n, &s)
	p.addTeam(r, n, &s)
	goods := p.addAssortment(r, c, &s)
	p.addTasks(r, c, goods, &s)
	p.addFeedback(r, c, &s)
	return s
}

// addStore makes the row of the store, and returns its calendar.
func (p *plan) addStore(r random, n int, s *storeRows) calendar {
	region := (n - 1) % len(p.regions)
	place, index := p.cityOf(n)
	format, week := formatOf(r, n)
	created := p.options.Now.Add(-r.duration(200*day, 900*day))
	status := statusOf(n)
	if status == stores.StatusPlanned {
		created = p.options.Now.Add(-r.duration(30*day, 80*day))
	}
	street := p.seedData.streets[index%len(p.seedData.streets)]
	latitude, longitude := jitter(r, place.latitude), jitter(r, place.longitude)
	s.Store = stores.CopyStoresParams{
		ID: r.id(created), RegionID: p.regions[region].ID, Code: p.storeCode(n), Name: place.name + " " + street,
		Format: format, Status: status, Street: new(fmt.Sprintf("%d %s", r.between(10, 9899), street)),
		City: &place.name, State: &place.state, PostalCode: new(fmt.Sprintf("%s%02d", place.zip, r.between(1, 60))),
		CountryCode: new("US"), Latitude: &latitude, Longitude: &longitude, Timezone: place.zone.String(),
		OpeningHours: openingPeriods(week), CreatedAt: created, UpdatedAt: created,
	}
	return calendar{zone: place.zone, now: p.options.Now, week: week}
}

// cityOf returns the city of the n-th store, and a number that is unique among the stores of a city. Stores are distributed
// over the regions in turn, and within a region over its cities.
func (p *plan) cityOf(n int) (c city, index int) {
	region, nth := (n-1)%len(p.areas), (n-1)/len(p.areas)
	cities := p.areas[region].cities
	// Each store of a city has another street: 7 is coprime to the number of streets.
	return cities[nth%len(cities)], 13*region + 11*(nth%len(cities)) + 7*(nth/len(cities))
}

// storeCode returns S0001 for the first store. Codes of large chains are longer, so that they sort like their numbers.
func (p *plan) storeCode(n int) string {
	return fmt.Sprintf("S%0*d", max(4, len(strconv.Itoa(p.options.Stores))), n)
}

// statusOf returns OPEN for most stores, and for the first ten.
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

// formatOf returns the format of a store and its opening hours. The first store is a supermarket.
func formatOf(r random, n int) (stores.Format, [7]hours) {
	kind := r.pickWeighted(55, 12, 15, 14, 4)
	if n == 1 {
		kind = 0
	}
	opens := r.between(6, 7)
	switch kind {
	case 1:
		return stores.FormatHypermarket, newWeek(hours{6, 24}, hours{6, 24}, hours{7, 23})
	case 2:
		return stores.FormatConvenience, newWeek(hours{5, 24}, hours{0, 24}, hours{6, 24})
	case 3:
		return stores.FormatDiscount, newWeek(hours{8, 21}, hours{8, 22}, hours{9, 20})
	case 4:
		return stores.FormatDarkStore, newWeek(hours{6, 23}, hours{6, 23}, hours{6, 23})
	default:
		return stores.FormatSupermarket, newWeek(hours{opens, 22}, hours{opens, 23}, hours{opens + 1, 21})
	}
}

// jitter returns a coordinate a few miles away, rounded to four digits.
func jitter(r random, degrees float64) float64 {
	const digits = 1e4
	return math.Round((degrees+(r.Float64()-0.5)*0.08)*digits) / digits
}
