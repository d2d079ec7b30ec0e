package stores

// Coordinates are a place on the earth, in degrees north and east (WGS 84).
type Coordinates struct{ Latitude, Longitude float64 }

// Location is where the store is; nil when nobody has measured.
func (s Store) Location() *Coordinates {
	if s.Latitude == nil || s.Longitude == nil {
		return nil
	}
	return &Coordinates{*s.Latitude, *s.Longitude}
}
