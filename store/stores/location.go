package stores

// An Address is a postal address. What is unknown is nil.
type Address struct{ Street, City, State, PostalCode, CountryCode *string }

// Address returns the store's address; nil if nothing of it is known.
func (s Store) Address() *Address {
	address := Address{s.Street, s.City, s.State, s.PostalCode, s.CountryCode}
	if address == (Address{}) {
		return nil
	}
	return &address
}

// Coordinates are in degrees north and east (WGS 84).
type Coordinates struct{ Latitude, Longitude float64 }

// Location returns the store's coordinates; nil if they are unknown.
func (s Store) Location() *Coordinates {
	if s.Latitude == nil || s.Longitude == nil {
		return nil
	}
	return &Coordinates{*s.Latitude, *s.Longitude}
}
