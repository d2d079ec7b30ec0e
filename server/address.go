package server

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"aisle/auth"
)

// bitsOfNetwork is how much of an IPv6 address stands for one household or store: who has one has all behind it.
const bitsOfNetwork = 64

// withClient puts into the context what is known of the program that sends the request.
func (s *Server) withClient(ctx context.Context, r *http.Request) context.Context {
	who := clientOf(r)
	return auth.WithClient(ctx, auth.Client{Name: who.name, Version: who.version, Address: s.address(r)})
}

// address is where a request comes from. A proxy that is trusted says for whom it asks, in X-Forwarded-For; what others
// write there is their own invention. It is the zero address when it cannot be known.
func (s *Server) address(r *http.Request) netip.Addr {
	from := peerOf(r)
	if !from.IsValid() {
		return from
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

// network is what somebody without a token is known by.
func (s *Server) network(r *http.Request) string {
	address := s.address(r)
	if address.Is6() {
		if prefix, err := address.Prefix(bitsOfNetwork); err == nil { // it has more bits than that
			return prefix.String()
		}
	}
	return address.String()
}
