package server

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"aisle/store"
)

// tag is an ETag: until when the answer stands by itself, in milliseconds since 1970, what it was read from, and a hash of what
// it is and of when that changed last. So any node can tell whether it still holds, one that never gave the answer, too.
type tag struct {
	until   int64
	modules uint8
	hash    [16]byte
}

func (w *wanted) tag(b basis) tag {
	text := make([]byte, 0, 64)
	text = append(text, w.key[:]...)
	for _, n := range []int64{b.until, b.revision.XID, b.revision.Seq} {
		text = binary.BigEndian.AppendUint64(text, uint64(n)) //nolint:gosec // bits, not a number
	}
	sum := sha256.Sum256(append(text, b.bits))
	return tag{b.until, b.bits, [16]byte(sum[:16])}
}

// holds says whether the time is not over.
func (t tag) holds(now time.Time) bool { return now.UnixMilli() < t.until }

const tagBase = 36

// String is a weak one: what is equal but for its compression, or its cursor, has the same.
func (t tag) String() string {
	return `W/"` + strconv.FormatInt(t.until, tagBase) + "." + strconv.FormatUint(uint64(t.modules), tagBase) + "." +
		base64.RawURLEncoding.EncodeToString(t.hash[:]) + `"`
}

func parseTag(text string) (t tag, ok bool) {
	text, weak := strings.CutPrefix(strings.TrimSpace(text), `W/"`)
	parts := strings.Split(strings.TrimSuffix(text, `"`), ".")
	if !weak || len(parts) != 3 || len(parts[2]) != base64.RawURLEncoding.EncodedLen(len(t.hash)) {
		return t, false
	}
	until, err := strconv.ParseInt(parts[0], tagBase, 64)
	modules, wrong := strconv.ParseUint(parts[1], tagBase, 8)
	n, broken := base64.RawURLEncoding.Decode(t.hash[:], []byte(parts[2]))
	t.until, t.modules = until, uint8(modules)
	return t, err == nil && wrong == nil && broken == nil && n == len(t.hash)
}

// bitsOf are modules as bits; told says whether all of them tell of their changes.
func bitsOf(modules []string) (bits uint8, told bool) {
	for _, module := range modules {
		i := slices.Index(store.ModulesWithCompleteEvents[:], module)
		if i < 0 {
			return 0, false
		}
		bits |= 1 << i
	}
	return bits, true
}

func modulesIn(bits uint8) []string {
	modules := make([]string, 0, len(store.ModulesWithCompleteEvents))
	for i, module := range store.ModulesWithCompleteEvents {
		if bits&(1<<i) != 0 {
			modules = append(modules, module)
		}
	}
	return modules
}
