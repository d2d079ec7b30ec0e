package importer

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"aisle/store/stores"
)

// decimalNumber is a number as people write it, with a point or a comma. Go's own parser takes hexadecimal and NaN, too.
var decimalNumber = regexp.MustCompile(`^[+-]?\d{1,3}(?:[.,]\d{0,20})?$`)

const (
	poleDegrees     = 90
	antimeridian    = 180
	degreesPerHour  = 15
	farFromTimezone = 60 // degrees; no place on earth is that far from where its clock says that it is
)

// coordinates reads where a store is; nil when the row does not say, or says it wrong.
func (c *cells) coordinates(timezone *time.Location) *stores.Coordinates {
	north, south := c.text(fieldLatitude, 40), c.text(fieldLongitude, 40)
	if c.failed(fieldLatitude) || c.failed(fieldLongitude) || north == "" && south == "" {
		return nil
	}
	at := stores.Coordinates{Latitude: c.degrees(fieldLatitude, north), Longitude: c.degrees(fieldLongitude, south)}
	if c.failed(fieldLatitude) || c.failed(fieldLongitude) {
		return nil
	}
	c.plausible(at, timezone)
	if c.failed(fieldLatitude) || c.failed(fieldLongitude) {
		return nil
	}
	return &at
}

// plausible notes coordinates that cannot be those of a store in the timezone, which is nil when it is not known.
func (c *cells) plausible(at stores.Coordinates, timezone *time.Location) {
	north, south := place(&at.Latitude), place(&at.Longitude)
	switch {
	case at.Latitude == 0 && at.Longitude == 0:
		c.failf(fieldLatitude, "Latitude and longitude are 0, which is in the ocean: leave both empty where they are not known.")
	case math.Abs(at.Latitude) > poleDegrees && math.Abs(at.Longitude) <= poleDegrees:
		c.failf(fieldLatitude, "The latitude %s is not between -90 and 90: it seems to be swapped with the longitude %s.", north, south)
	case math.Abs(at.Latitude) > poleDegrees:
		c.failf(fieldLatitude, "The latitude %s is not between -90 and 90.", north)
	case math.Abs(at.Longitude) > antimeridian:
		c.failf(fieldLongitude, "The longitude %s is not between -180 and 180.", south)
	case timezone != nil && degreesOff(timezone, at.Longitude) > farFromTimezone:
		if degreesOff(timezone, at.Latitude) <= farFromTimezone {
			c.failf(fieldLongitude, "The longitude %s is far from %s: it seems to be swapped with the latitude %s.", south, timezone, north)
		} else {
			c.failf(fieldLongitude, "The longitude %s is far from %s: is its sign right (west is negative)?", south, timezone)
		}
	}
}

func (c *cells) degrees(field, text string) float64 {
	if text == "" {
		c.failf(field, "The %s is missing, and the other coordinate is there.", field)
		return 0
	}
	if !decimalNumber.MatchString(text) {
		c.failf(field, "The %s %q is not a number of degrees, such as 33.7488.", field, clip(text, 40))
		return 0
	}
	value, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil {
		c.failf(field, "The %s %q is not a number.", field, text)
	}
	return value
}

// degreesOff is how far a longitude is from where the timezone's clock has the sun at noon, in winter or in summer.
func degreesOff(zone *time.Location, longitude float64) float64 {
	least := math.Inf(1)
	for _, month := range []time.Month{time.January, time.July} {
		_, seconds := time.Date(2026, month, 1, 12, 0, 0, 0, zone).Zone()
		off := math.Mod(math.Abs(longitude-float64(seconds)/3600*degreesPerHour), 2*antimeridian)
		least = min(least, off, 2*antimeridian-off)
	}
	return least
}
