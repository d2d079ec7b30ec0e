package importer

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"aisle/store/stores"
)

// decimalNumber matches a number with a decimal point or comma. strconv.ParseFloat would also accept hexadecimal numbers and NaN.
var decimalNumber = regexp.MustCompile(`^[+-]?\d{1,3}(?:[.,]\d{0,20})?$`)

const (
	maxLatitude            = 90
	maxLongitude           = 180
	degreesPerHour         = 15
	maxDegreesFromTimezone = 60 // no place on earth is farther from the longitude of its timezone
)

// coordinates returns the coordinates of a store, or nil if the row has none or invalid ones.
func (c *cells) coordinates(timezone *time.Location) *stores.Coordinates {
	latitude, longitude := c.text(fieldLatitude, 40), c.text(fieldLongitude, 40)
	if c.hasProblem(fieldLatitude) || c.hasProblem(fieldLongitude) || latitude == "" && longitude == "" {
		return nil
	}
	at := stores.Coordinates{Latitude: c.degrees(fieldLatitude, latitude), Longitude: c.degrees(fieldLongitude, longitude)}
	if c.hasProblem(fieldLatitude) || c.hasProblem(fieldLongitude) {
		return nil
	}
	c.checkPlausible(at, timezone)
	if c.hasProblem(fieldLatitude) || c.hasProblem(fieldLongitude) {
		return nil
	}
	return &at
}

// checkPlausible adds a problem if the coordinates cannot be those of a store in the timezone, which may be nil.
func (c *cells) checkPlausible(at stores.Coordinates, timezone *time.Location) {
	latitude, longitude := formatDegrees(&at.Latitude), formatDegrees(&at.Longitude)
	switch {
	case at.Latitude == 0 && at.Longitude == 0:
		c.addProblemf(fieldLatitude, "Latitude and longitude are 0, a place in the ocean: leave both empty if they are unknown.")
	case math.Abs(at.Latitude) > maxLatitude && math.Abs(at.Longitude) <= maxLatitude:
		c.addProblemf(fieldLatitude, "The latitude %s is not between -90 and 90: it seems to be swapped with the longitude %s.",
			latitude, longitude)
	case math.Abs(at.Latitude) > maxLatitude:
		c.addProblemf(fieldLatitude, "The latitude %s is not between -90 and 90.", latitude)
	case math.Abs(at.Longitude) > maxLongitude:
		c.addProblemf(fieldLongitude, "The longitude %s is not between -180 and 180.", longitude)
	case timezone != nil && degreesFromTimezone(timezone, at.Longitude) > maxDegreesFromTimezone:
		if degreesFromTimezone(timezone, at.Latitude) <= maxDegreesFromTimezone {
			c.addProblemf(fieldLongitude, "The longitude %s is far from %s: it seems to be swapped with the latitude %s.",
				longitude, timezone, latitude)
		} else {
			c.addProblemf(fieldLongitude, "The longitude %s is far from %s: is its sign right (west is negative)?", longitude, timezone)
		}
	}
}

func (c *cells) degrees(field, text string) float64 {
	if text == "" {
		c.addProblemf(field, "The %s is missing: give both coordinates or none.", field)
		return 0
	}
	if !decimalNumber.MatchString(text) {
		c.addProblemf(field, "The %s %q is not a decimal number of degrees such as 33.7488.", field, truncate(text, 40))
		return 0
	}
	value, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil {
		c.addProblemf(field, "The %s %q is not a number.", field, text)
	}
	return value
}

// degreesFromTimezone returns the distance of a longitude from the meridian of the timezone's offset, in winter or in summer,
// whichever is less.
func degreesFromTimezone(zone *time.Location, longitude float64) float64 {
	minimum := math.Inf(1)
	for _, month := range []time.Month{time.January, time.July} {
		_, seconds := time.Date(2026, month, 1, 12, 0, 0, 0, zone).Zone()
		distance := math.Mod(math.Abs(longitude-float64(seconds)/3600*degreesPerHour), 2*maxLongitude)
		minimum = min(minimum, distance, 2*maxLongitude-distance)
	}
	return minimum
}

func formatDegrees(degrees *float64) string {
	if degrees == nil {
		return ""
	}
	return fmt.Sprint(*degrees)
}
