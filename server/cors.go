package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// mayAsk lets in the pages of this server and of the origins in the list, and clients that are no browsers, which send
// no Origin. A page of another site could send nothing that changes anything, because JSON needs a preflight; it
// is refused all the same. Of a GET, as of an image, browsers tell no Origin, but whether it is from another site.
func (s *Server) mayAsk(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		site := r.Header.Get("Sec-Fetch-Site")
		return site != "cross-site" && site != "same-site" // which is another host of the domain
	}
	return isOwn(origin, r.Host) || s.isListed(origin)
}

// isOwn compares hosts alone: a proxy may have taken off the TLS.
func isOwn(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func (s *Server) isListed(origin string) bool {
	return slices.ContainsFunc(s.config.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
}

// shared lets the pages of listed origins read the answers. No cookie goes with their requests: the token is in a header,
// which a page must have been given.
func (s *Server) shared(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		origin, header := r.Header.Get("Origin"), w.Header()
		if origin == "" || !s.isListed(origin) {
			next(w, r)
			return
		}
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers",
			"ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, WWW-Authenticate, X-Request-ID")
		header.Add("Vary", "Origin")
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next(w, r)
			return
		}
		header.Set("Access-Control-Allow-Methods", http.MethodGet+", "+http.MethodPost)
		header.Set("Access-Control-Allow-Headers",
			"Authorization, Content-Type, If-None-Match, X-Request-ID, Apollographql-Client-Name, Apollographql-Client-Version")
		header.Set("Access-Control-Max-Age", "7200") // seconds; no browser keeps it longer than that
		w.WriteHeader(http.StatusNoContent)
	}
}
