package responsecache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// An etag says until when a response is valid at most, and which modules it was read from. Its hash covers the response's key and the
// revision of the modules. So any node can tell whether it is valid, even one that never made the response.
type etag struct {
	until   int64  // milliseconds since 1970
	modules string // moduleSet.joined
	hash    [16]byte
}

const etagBase = 36

// newETag returns the ETag of the response with a key.
func newETag(key cacheKey, v validity) etag {
	text := make([]byte, 0, 128)
	text = append(text, key[:]...)
	for _, n := range []int64{v.until, v.revision.XID, v.revision.Seq} {
		text = binary.BigEndian.AppendUint64(text, uint64(n)) //nolint:gosec // bits, not a number
	}
	sum := sha256.Sum256(append(text, v.modules.joined...))
	return etag{v.until, v.modules.joined, [16]byte(sum[:16])}
}

// isFresh reports whether the time of the ETag is not over.
func (e etag) isFresh(now time.Time) bool { return now.UnixMilli() < e.until }

// String returns a weak ETag: responses that differ in their compression, or in a cursor, have the same.
func (e etag) String() string {
	return `W/"` + strconv.FormatInt(e.until, etagBase) + "." + e.modules + "." + base64.RawURLEncoding.EncodeToString(e.hash[:]) + `"`
}

func parseETag(text string) (e etag, ok bool) {
	text, weak := strings.CutPrefix(strings.TrimSpace(text), `W/"`)
	parts := strings.Split(strings.TrimSuffix(text, `"`), ".")
	if !weak || len(parts) != 3 || len(parts[2]) != base64.RawURLEncoding.EncodedLen(len(e.hash)) {
		return e, false
	}
	until, err := strconv.ParseInt(parts[0], etagBase, 64)
	if err != nil {
		return e, false
	}
	n, err := base64.RawURLEncoding.Decode(e.hash[:], []byte(parts[2]))
	e.until, e.modules = until, parts[1]
	return e, err == nil && n == len(e.hash)
}
