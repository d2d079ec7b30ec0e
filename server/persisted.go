package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// SharedDocuments keeps the texts of documents by their hash, in hex, for all nodes. *redis.DocumentStore does. What it
// cannot do it leaves undone, and says so: clients send the text then.
type SharedDocuments interface {
	Find(ctx context.Context, hash string) (text string, ok bool)
	Put(ctx context.Context, hash, text string, ttl time.Duration) (done bool)
	Renew(ctx context.Context, hash string, ttl time.Duration) (done bool)
}

// How long a document is kept that nobody uses. Who has no token may fill no Redis for long.
const (
	keepFor          = 7 * 24 * time.Hour
	keepAnonymousFor = time.Hour
)

// persistedQuery is the extension of automatic persisted queries: a client sends the hash of a document alone, and the
// document with it where nobody knows the hash.
// https://www.apollographql.com/docs/apollo-server/performance/apq
const persistedQuery = "persistedQuery"

// errUnknownHash asks for the document. Apollo's clients look for this very message, or for the code.
var errUnknownHash = refuse(0, codeUnknownHash, "PersistedQueryNotFound")

// hashOf is the hash of the document that is asked for. persisted says that the client gave it: then it is that of the
// text, where there is one.
func hashOf(params *graphql.RawParams) (of hash, persisted bool, err error) {
	given, persisted := params.Extensions[persistedQuery]
	if params.Query != "" {
		of = sha256.Sum256([]byte(params.Query))
	}
	if !persisted || given == nil {
		return of, false, nil
	}
	claimed, err := readPersisted(given)
	switch {
	case err != nil:
		return of, false, err
	case params.Query != "" && claimed != of:
		return of, false, refuseBody(`"sha256Hash" is not the SHA-256 of this document.`)
	}
	return claimed, true, nil
}

// readPersisted reads {"version": 1, "sha256Hash": "..."}.
func readPersisted(given any) (hash, error) {
	members, _ := given.(map[string]any)
	if version, ok := members["version"].(interface{ String() string }); !ok || version.String() != "1" { // a json.Number
		return hash{}, refuseBody(`"persistedQuery" is {"version": 1, "sha256Hash": "..."}.`)
	}
	text, _ := members["sha256Hash"].(string)
	decoded, err := hex.DecodeString(text)
	if err != nil || len(decoded) != sha256.Size {
		return hash{}, refuseBody(`"sha256Hash" is the SHA-256 of the document, in 64 hexadecimal digits.`)
	}
	return hash(decoded), nil
}

// sharedText is the text that was kept under the hash. Asking is charged, so that nobody tries hashes without end.
func (s *Server) sharedText(ctx context.Context, x *exchange, of hash) (string, error) {
	if err := s.chargeNew(ctx, x, len(of)); err != nil {
		return "", err
	}
	if s.config.Documents == nil {
		return "", errUnknownHash
	}
	text, ok := s.config.Documents.Find(ctx, hex.EncodeToString(of[:]))
	if !ok || len(text) > s.config.Limits.Document || sha256.Sum256([]byte(text)) != of { // somebody else wrote there
		return "", errUnknownHash
	}
	return text, nil
}

// share keeps a good document for all nodes, or keeps it for longer when half of its time is over. text is empty where the
// hash came alone.
func (s *Server) share(ctx context.Context, x *exchange, document *document, text string) {
	ttl := keepFor
	if x.viewer.Anonymous() {
		ttl = keepAnonymousFor
	}
	now := s.config.Now()
	if s.config.Documents == nil || document.keptUntil.Load() > now.Add(ttl/2).Unix() {
		return
	}
	name, done := hex.EncodeToString(document.hash[:]), true
	if text != "" {
		done = s.config.Documents.Put(ctx, name, text, ttl)
	}
	if ttl == keepFor && done { // it may have been there for a shorter time
		done = s.config.Documents.Renew(ctx, name, ttl)
	}
	if done {
		document.keptUntil.Store(now.Add(ttl).Unix())
	}
}
