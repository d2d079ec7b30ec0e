package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// SharedDocuments keeps the texts of documents for all nodes in Redis, by the SHA-256 of the text in hex. While Redis
// is away or slow it has none: clients send the text then.
type SharedDocuments struct {
	client  redis.UniversalClient
	breaker *Breaker
}

// NewSharedDocuments makes them. Nothing waits for Redis here.
func NewSharedDocuments(client redis.UniversalClient, breaker *Breaker) *SharedDocuments {
	return &SharedDocuments{client, breaker}
}

func documentKey(hash string) string { return "aisle:apq:" + hash }

// Find returns the text that was put under the hash; ok is false when there is none, or it cannot be had now.
func (d *SharedDocuments) Find(ctx context.Context, hash string) (text string, ok bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) (err error) {
		text, err = d.client.Get(ctx, documentKey(hash)).Result()
		if errors.Is(err, redis.Nil) { // an answer like another
			return nil
		}
		return Wrap("find a document", err)
	})
	return text, err == nil && text != ""
}

// Put keeps a text for a time. One that is there keeps the time that it has.
func (d *SharedDocuments) Put(ctx context.Context, hash, text string, ttl time.Duration) (done bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) error {
		return Wrap("keep a document", d.client.SetNX(ctx, documentKey(hash), text, ttl).Err())
	})
	return err == nil
}

// Renew lets a text that is there be kept for a time from now on.
func (d *SharedDocuments) Renew(ctx context.Context, hash string, ttl time.Duration) (done bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) error {
		return Wrap("renew a document", d.client.Expire(ctx, documentKey(hash), ttl).Err())
	})
	return err == nil
}
