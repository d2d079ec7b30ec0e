package origin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// A Policy allows the pages of this server and those of listed origins.
type Policy struct {
	listed []string
	cors   *cors.Cors
}

// NewPolicy returns the policy for a list of origins, such as https://admin.example.
func NewPolicy(origins []string) *Policy {
	p := &Policy{listed: origins}
	const maxAge = 7200 // seconds; browsers store a preflight no longer than that
	p.cors = cors.New(cors.Options{
		AllowOriginFunc: p.isListed,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders: []string{
			"Authorization", "Content-Type", "If-None-Match", "X-Request-ID", "Apollographql-Client-Name", "Apollographql-Client-Version",
		},
		ExposedHeaders: []string{
			"ETag", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate", "X-Request-ID",
		},
		MaxAge: maxAge,
	})
	return p
}

// Allows reports whether a request comes from an allowed page, or from a client that is no browser and sends no Origin. A page of another
// site could change nothing, because JSON needs a preflight; it is rejected nevertheless. With a GET, as for an image, a browser may
// send no Origin, but it says whether the page is of another site.
func (p *Policy) Allows(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		site := r.Header.Get("Sec-Fetch-Site")
		return site != "cross-site" && site != "same-site" // same-site is another host of the domain
	}
	return isOwn(origin, r.Host) || p.isListed(origin)
}

// CORS lets the pages of listed origins read the responses of a handler. No cookie goes with their requests: the token is in a header
// that the page sets.
func (p *Policy) CORS(next http.Handler) http.Handler {
	allowed := p.cors.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin == "" || !p.isListed(origin) {
			next.ServeHTTP(w, r) // which rejects it unless it is allowed: rs/cors alone would run it
			return
		}
		allowed.ServeHTTP(w, r)
	})
}

// isOwn compares only the hosts: a proxy may have terminated TLS.
func isOwn(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func (p *Policy) isListed(origin string) bool {
	return slices.ContainsFunc(p.listed, func(listed string) bool { return strings.EqualFold(listed, origin) })
}
