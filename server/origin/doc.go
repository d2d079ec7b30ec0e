// Package origin decides which web pages may use the API, and tells browsers so (CORS).
package origin
