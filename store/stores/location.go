package stores

// Coordinates are in degrees north and east (WGS 84).
type Coordinates struct{ Latitude, Longitude float64 }

// Location returns the store's coordinates; nil if they are unknown.
func (s Store) Location() *Coordinates {
	if s.Latitude == nil || s.Longitude == nil {
		return nil
	}
	return &Coordinates{*s.Latitude, *s.Longitude}
}
