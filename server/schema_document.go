package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"
)

// cacheSchema is short: after a release, tools that generate code see the new schema within minutes.
const cacheSchema = "public, max-age=300"

// schemaDocument responds with the schema, for tools that generate code. Anyone may read it: it holds no data. It prints the schema at
// the first request.
func schemaDocument(printSchema func() string) http.HandlerFunc {
	document := sync.OnceValues(func() (text, etag string) {
		text = printSchema()
		sum := sha256.Sum256([]byte(text))
		return text, `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
	})
	return func(w http.ResponseWriter, r *http.Request) {
		text, etag := document()
		w.Header().Set("Content-Type", "application/graphql; charset=utf-8")
		w.Header().Set("Cache-Control", cacheSchema)
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	}
}
