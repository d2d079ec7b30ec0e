package clientinfo

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"aisle/auth"
	"aisle/telemetry"
)

// A Reader reads requests that may come through trusted proxies.
type Reader struct{ proxies []netip.Prefix }

// NewReader returns a Reader that believes the X-Forwarded-For of proxies in the networks.
func NewReader(proxies []netip.Prefix) Reader { return Reader{proxies} }

// Client returns what the request says about its client.
func (r Reader) Client(request *http.Request) auth.Client {
	return auth.Client{
		Name:    telemetry.TruncateName(request.Header.Get("Apollographql-Client-Name")),
		Version: telemetry.TruncateName(request.Header.Get("Apollographql-Client-Version")),
		Address: r.address(request),
	}
}

// FromProxy reports whether a trusted proxy sent the request.
func (r Reader) FromProxy(request *http.Request) bool { return r.isProxy(peer(request)) }

// address returns where a request comes from. Only trusted proxies are believed about X-Forwarded-For: anyone can write it. The address
// is the zero one when it is unknown.
func (r Reader) address(request *http.Request) netip.Addr {
	from := peer(request)
	if !r.isProxy(from) {
		return from.WithZone("")
	}
	hops := strings.Split(strings.Join(request.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && r.isProxy(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap()
	}
	return from.WithZone("")
}

func (r Reader) isProxy(a netip.Addr) bool {
	return slices.ContainsFunc(r.proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// peer returns the address of the other end of the connection; the zero address when it is unknown.
func peer(request *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(request.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}
