package auth

import (
	"context"
	"net/netip"
)

// Client identifies the program that sent a request.
type Client struct {
	Name, Version string     // as sent by the client
	Address       netip.Addr // the zero Addr if unknown
}

// Prefix lengths.
const (
	ipv6NetworkBits = 64 // one household or store
	ipv4HintBits    = 24
	ipv6HintBits    = 48
)

// Network returns the address or network by which requests and sign-in attempts are counted. For IPv6 it is the /64 network, because
// a household or store has all addresses in it.
func (c Client) Network() string {
	if address := c.Address.Unmap(); address.Is6() {
		return maskAddress(address, ipv6NetworkBits)
	}
	return c.Address.Unmap().String()
}

// AddressHint returns the part of the address that is stored and shown: enough to recognise a location, not enough to identify a
// device. It is empty if the address is unknown.
func (c Client) AddressHint() string {
	switch address := c.Address.Unmap(); {
	case address.Is4():
		return maskAddress(address, ipv4HintBits)
	case address.Is6():
		return maskAddress(address, ipv6HintBits)
	default:
		return ""
	}
}

func maskAddress(address netip.Addr, bits int) string {
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil { // cannot happen: every address has enough bits
		return ""
	}
	return prefix.String()
}

type clientKey struct{}

// WithClient returns a context that carries the client.
func WithClient(ctx context.Context, c Client) context.Context {
	return context.WithValue(ctx, clientKey{}, c)
}

// ClientFromContext returns the client that the context carries, or the zero Client.
func ClientFromContext(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}
