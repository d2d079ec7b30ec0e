package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	maxJWKSBytes         = 256 << 10 // a key with its certificates has about 4 KB
	maxJWKSHeaderBytes   = 16 << 10
	minJWKSFetchInterval = 10 * time.Second // between fetches for unknown key ids
)

// externalJWKS holds the public keys of an external issuer. Fetched keys stay until a fetch succeeds: while the issuer's server
// is down, its tokens are still accepted.
type externalJWKS struct {
	url    string
	client *http.Client
	keys   atomic.Pointer[map[string]publicKey] // by kid; replaced as a whole, never modified
	loader *throttledLoader
}

// newExternalJWKS returns an empty key set. url has been checked.
func newExternalJWKS(url string, now func() time.Time) *externalJWKS {
	s := &externalJWKS{
		url: url,
		client: &http.Client{
			Timeout: fetchTimeout,
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				TLSHandshakeTimeout:    fetchTimeout,
				MaxResponseHeaderBytes: maxJWKSHeaderBytes,
				DisableKeepAlives:      true, // fetches are minutes apart
			},
			// Keys come from the configured URL only, so a redirect is an error.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		loader: newThrottledLoader(now),
	}
	s.keys.Store(&map[string]publicKey{})
	return s
}

// find returns the key with the id. For an unknown id it fetches the keys first, at most once in minJWKSFetchInterval.
func (s *externalJWKS) find(ctx context.Context, kid string) (key publicKey, ok bool, err error) {
	if key, ok := (*s.keys.Load())[kid]; ok {
		return key, true, nil
	}
	err = s.loader.run(ctx, minJWKSFetchInterval, s.fetch)
	key, ok = (*s.keys.Load())[kid]
	return key, ok, err
}

// refresh fetches the keys.
func (s *externalJWKS) refresh(ctx context.Context) error { return s.loader.run(ctx, 0, s.fetch) }

// fetch replaces the keys with the ones that the issuer publishes. A response without a usable key is an error and changes nothing.
func (s *externalJWKS) fetch(ctx context.Context) error {
	// The tracer of the current span. Without one it does nothing.
	tracer := trace.SpanFromContext(ctx).TracerProvider().Tracer("aisle/auth")
	ctx, span := tracer.Start(ctx, "GET keys", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return fmt.Errorf("create the request for keys: %w", err)
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("fetch keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch keys from %s: status %d, want 200", s.url, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxJWKSBytes+1))
	if err != nil {
		return fmt.Errorf("fetch keys from %s: %w", s.url, err)
	}
	if len(text) > maxJWKSBytes {
		return fmt.Errorf("fetch keys from %s: the response has more than %d bytes", s.url, maxJWKSBytes)
	}
	keys, err := parseJWKS(text)
	if err != nil {
		return fmt.Errorf("parse keys from %s: %w", s.url, err)
	}
	if len(keys) == 0 {
		return fmt.Errorf("parse keys from %s: %w", s.url, errNoUsableKey)
	}
	s.keys.Store(&keys)
	return nil
}

var errNoUsableKey = errors.New("no key has a kid and is for RS256 (2048 bits or more), ES256 or EdDSA")
