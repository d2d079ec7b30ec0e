package server

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"aisle/auth"
)

// withClient puts into the context what is known of the program that sends the request.
func (s *Server) withClient(ctx context.Context, r *http.Request) context.Context {
	who := clientOf(r)
	return auth.WithClient(ctx, auth.Client{Name: who.name, Version: who.version, Address: s.address(r)})
}

// address is where the request comes from: the peer, or, when that is a proxy that is trusted, what it says of its own
// peer, and so on. What comes before the last one who is not trusted anybody can have made up. It is the zero Addr when it is not known.
func (s *Server) address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !s.trusted(address) {
			break
		}
		address = before.Unmap()
	}
	return address
}

// trusted says whether the address is a proxy's whose word counts.
func (s *Server) trusted(address netip.Addr) bool {
	return slices.ContainsFunc(s.config.Proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}
