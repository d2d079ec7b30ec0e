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
	maxKeySetBytes  = 256 << 10 // of a foreign JWKS; a key with its certificates has about 4 KB
	maxHeaderBytes  = 16 << 10  // of the answer
	foreignKeyEvery = 10 * time.Second
)

// keySet is the public keys of a foreign issuer, from its JWKS. Keys that were fetched once stay until the issuer answers
// with others: when its server is down, whom it has vouched for stays in.
type keySet struct {
	url    string
	client *http.Client
	keys   atomic.Pointer[map[string]publicKey] // by kid; replaced as a whole, never changed
	loads  *seldom
}

// newKeySet makes an empty key set. url has been checked.
func newKeySet(url string, now func() time.Time) *keySet {
	s := &keySet{
		url: url,
		client: &http.Client{
			Timeout: fetchTimeout,
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				TLSHandshakeTimeout:    fetchTimeout,
				MaxResponseHeaderBytes: maxHeaderBytes,
				DisableKeepAlives:      true, // it is asked every few minutes
			},
			// Where keys come from is what the configuration says, not what a server says.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		loads: newSeldom(now),
	}
	s.keys.Store(&map[string]publicKey{})
	return s
}

// find returns a key. An unknown one makes it fetch the keys: at most once in foreignKeyEvery, whoever asks for whatever.
func (s *keySet) find(ctx context.Context, kid string) (key publicKey, ok bool, err error) {
	if key, ok := (*s.keys.Load())[kid]; ok {
		return key, true, nil
	}
	err = s.loads.do(ctx, foreignKeyEvery, s.fetch)
	key, ok = (*s.keys.Load())[kid]
	return key, ok, err
}

// refresh fetches the keys anew.
func (s *keySet) refresh(ctx context.Context) error { return s.loads.do(ctx, 0, s.fetch) }

// fetch replaces the keys by those that the issuer has now. An answer without a usable key is taken for a fault of the
// issuer's, and changes nothing.
func (s *keySet) fetch(ctx context.Context) error {
	// A part of the trace of the request that asks for it, of which the issuer is told; of none where there is none.
	tracer := trace.SpanFromContext(ctx).TracerProvider().Tracer("aisle/auth")
	ctx, span := tracer.Start(ctx, "GET keys", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask for keys: %w", err)
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("fetch keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch keys from %s: status %d", s.url, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySetBytes+1))
	if err != nil {
		return fmt.Errorf("fetch keys from %s: %w", s.url, err)
	}
	if len(text) > maxKeySetBytes {
		return fmt.Errorf("fetch keys from %s: the answer has more than %d bytes", s.url, maxKeySetBytes)
	}
	keys, err := readKeySet(text)
	if err != nil {
		return fmt.Errorf("keys from %s: %w", s.url, err)
	}
	if len(keys) == 0 {
		return fmt.Errorf("keys from %s: %w", s.url, errNoKeys)
	}
	s.keys.Store(&keys)
	return nil
}

var errNoKeys = errors.New("there is none with a kid for RS256 (from 2048 bits), ES256 or EdDSA")
