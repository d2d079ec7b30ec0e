package auth

// Occupy takes a slot for a hash until release is called.
func (p *Passwords) Occupy() (release func()) {
	if !p.slots.TryAcquire(1) {
		panic("no slot is free")
	}
	return p.release
}
