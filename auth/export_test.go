package auth

// Occupy takes the turn of one hash until release is called, as a hash that runs does.
func (p *Passwords) Occupy() (release func()) {
	p.slots <- struct{}{}
	return p.release
}
