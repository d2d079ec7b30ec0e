package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
	"aisle/gateway/apierror"
)

// How long a shared document lasts that nobody uses. Without a token it is short: a stranger must not fill Redis.
const (
	sharedTTL          = 7 * 24 * time.Hour
	sharedTTLAnonymous = time.Hour
)

// persistedQuery is the extension of automatic persisted queries: a client sends the hash alone, and the text with the hash when the
// server does not know it. https://www.apollographql.com/docs/apollo-server/performance/apq
const persistedQuery = "persistedQuery"

// errUnknownHash asks for the text. Apollo's clients look for this message, or for the code.
var errUnknownHash = apierror.New(apierror.CodeUnknownHash, "PersistedQueryNotFound")

// HasDocument reports whether a request has a document, or the hash of one.
func HasDocument(params *graphql.RawParams) bool {
	return params.Query != "" || params.Extensions[persistedQuery] != nil
}

// hashOf returns the hash of the requested document. persisted reports that the client sent the hash, which is then that of the text
// if there is one.
func hashOf(params *graphql.RawParams) (hash Hash, persisted bool, err error) {
	extension, persisted := params.Extensions[persistedQuery]
	if params.Query != "" {
		hash = HashOf(params.Query)
	}
	if !persisted || extension == nil {
		return hash, false, nil
	}
	sent, err := parseExtension(extension)
	switch {
	case err != nil:
		return hash, false, err
	case params.Query != "" && sent != hash:
		return hash, false, apierror.New(apierror.CodeBadRequest, `"sha256Hash" is not the SHA-256 of this document.`)
	}
	return sent, true, nil
}

// parseExtension reads {"version": 1, "sha256Hash": "..."}.
func parseExtension(extension any) (Hash, error) {
	members, _ := extension.(map[string]any)
	if version, ok := members["version"].(interface{ String() string }); !ok || version.String() != "1" { // a json.Number
		return Hash{}, apierror.New(apierror.CodeBadRequest, `"persistedQuery" must be {"version": 1, "sha256Hash": "..."}.`)
	}
	text, _ := members["sha256Hash"].(string)
	decoded, err := hex.DecodeString(text)
	if err != nil || len(decoded) != sha256.Size {
		return Hash{}, apierror.New(apierror.CodeBadRequest, `"sha256Hash" must be the SHA-256 of the document, in 64 hexadecimal digits.`)
	}
	return Hash(decoded), nil
}

// sharedText returns the text that the nodes share under a hash. It charges for the lookup, so that nobody tries hashes without end.
func (s *Store) sharedText(ctx context.Context, account Account, hash Hash) (string, error) {
	if err := account.ChargeNewDocument(ctx, len(hash)); err != nil {
		return "", err
	}
	if s.config.Shared == nil {
		return "", errUnknownHash
	}
	text, ok := s.config.Shared.Find(ctx, hash.String())
	if !ok || len(text) > s.config.Limits.Document || HashOf(text) != hash { // Redis may hold anything
		return "", errUnknownHash
	}
	return text, nil
}

// share stores a valid document for all nodes, or extends its TTL when half of the TTL is over. text is empty when the client sent the
// hash alone.
func (s *Store) share(ctx context.Context, viewer auth.Viewer, document *Document, text string) {
	ttl := sharedTTL
	if viewer.Anonymous() {
		ttl = sharedTTLAnonymous
	}
	now := s.config.Now()
	if s.config.Shared == nil || document.sharedUntil.Load() > now.Add(ttl/2).Unix() {
		return
	}
	name, done := document.Hash.String(), true
	if text != "" {
		done = s.config.Shared.Put(ctx, name, text, ttl)
	}
	if ttl == sharedTTL && done { // Put does not extend the TTL of a stored document
		done = s.config.Shared.Renew(ctx, name, ttl)
	}
	if done {
		document.sharedUntil.Store(now.Add(ttl).Unix())
	}
}
