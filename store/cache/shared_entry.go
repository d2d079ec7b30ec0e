package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"

	"aisle/store"
)

// positionSize is the length of an entry's position in Redis: two big-endian integers. The JSON of the value follows.
const positionSize = 16

// readShared reads the values that Redis has. The others are zero.
func (c *Cache[K, V]) readShared(ctx context.Context, keys []K) []fetched[V] {
	values := make([]fetched[V], len(keys))
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = c.prefix + c.options.KeyText(key)
	}
	for i, text := range c.options.Shared.get(ctx, names) {
		if len(text) <= positionSize {
			continue
		}
		v := fetched[V]{encoded: json.RawMessage(text[positionSize:]), shared: true, asOf: store.Position{
			XID: int64(binary.BigEndian.Uint64(text)),     //nolint:gosec // bits, not a number
			Seq: int64(binary.BigEndian.Uint64(text[8:])), //nolint:gosec // bits, not a number
		}}
		if json.Unmarshal(v.encoded, &v.value) == nil { // else this program has not written it
			values[i] = v
		}
	}
	return values
}

// newWrite encodes a value for Redis.
func (c *Cache[K, V]) newWrite(key K, v fetched[V]) write {
	text := bytes.NewBuffer(make([]byte, 0, positionSize+len(v.encoded)))
	_ = binary.Write(text, binary.BigEndian, v.asOf) // never fails
	text.Write(v.encoded)
	ttl := sharedTTL
	if v.isAbsent() {
		ttl = absentTTL
	}
	return write{c.prefix + c.options.KeyText(key), text.Bytes(), c.jitter(ttl)}
}
