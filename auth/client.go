package auth

import (
	"context"
	"net/netip"
)

// Client is the program that a request comes from.
type Client struct {
	Name, Version string     // in its own words
	Address       netip.Addr // the zero Addr where it is not known
}

// How much of an address stands for the network that it is in.
const (
	bitsOfIPv6Network              = 64 // what one household or store has
	bitsOfIPv4Hint, bitsOfIPv6Hint = 24, 48
)

// network is what tries to sign in are counted by: the address, of IPv6 the network, in which anybody has addresses without number.
func (c Client) network() string {
	if address := c.Address.Unmap(); address.Is6() {
		return masked(address, bitsOfIPv6Network)
	}
	return c.Address.Unmap().String()
}

// AddressHint is what people may see of the address, and what is kept: enough to recognise a place, and too little to
// find a phone. It is empty where the address is not known.
func (c Client) AddressHint() string {
	switch address := c.Address.Unmap(); {
	case address.Is4():
		return masked(address, bitsOfIPv4Hint)
	case address.Is6():
		return masked(address, bitsOfIPv6Hint)
	default:
		return ""
	}
}

func masked(address netip.Addr, bits int) string {
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil { // no address has fewer bits
		return ""
	}
	return prefix.String()
}

type clientKey struct{}

// WithClient returns a context that carries the client.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFromContext returns the client that the context carries: one of which nothing is known when it carries none.
func ClientFromContext(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}
