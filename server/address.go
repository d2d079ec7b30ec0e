package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"aisle/auth"
)

// bitsOfNetwork is how much of an IPv6 address stands for one household or store: who has one has all behind it.
const bitsOfNetwork = 64

// clientOf is what is known of the program that sends the request: what it says of itself, and where it is.
func (s *Server) clientOf(r *http.Request) auth.Client {
	return auth.Client{
		Name: clip(r.Header.Get("Apollographql-Client-Name")), Version: clip(r.Header.Get("Apollographql-Client-Version")),
		Address: s.address(r),
	}
}

// address is where a request comes from. A proxy that is trusted says for whom it asks, in X-Forwarded-For; what others
// write there is their own invention. It is the zero address when it cannot be known.
func (s *Server) address(r *http.Request) netip.Addr {
	from := peerOf(r)
	if !s.isProxy(from) {
		return from.WithZone("")
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.isProxy(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap()
	}
	return from.WithZone("")
}

// peerOf is the other side of the connection; the zero address when it cannot be known.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

func (s *Server) isProxy(a netip.Addr) bool {
	return slices.ContainsFunc(s.config.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// networkOf is what somebody without a token is known by.
func networkOf(address netip.Addr) string {
	if address.Is6() {
		if prefix, err := address.Prefix(bitsOfNetwork); err == nil { // it has more bits than that
			return prefix.String()
		}
	}
	return address.String()
}
