package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// A DocumentStore shares the texts of GraphQL documents among nodes, by the SHA-256 of the text in hex. While Redis is
// unavailable it has none: clients send the text then.
type DocumentStore struct {
	client  goredis.UniversalClient
	breaker *Breaker
}

// NewDocumentStore makes a store. It does not connect.
func NewDocumentStore(client goredis.UniversalClient, breaker *Breaker) *DocumentStore {
	return &DocumentStore{client, breaker}
}

func documentKey(hash string) string { return "aisle:apq:" + hash }

// Find returns the text with the hash. It is false if there is none, or if Redis is unavailable.
func (d *DocumentStore) Find(ctx context.Context, hash string) (text string, ok bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) (err error) {
		text, err = d.client.Get(ctx, documentKey(hash)).Result()
		if errors.Is(err, goredis.Nil) {
			return nil
		}
		return err //nolint:wrapcheck // it only opens the breaker
	})
	return text, err == nil && text != ""
}

// Put stores a text for a time. It does not change the time of a text that is already stored.
func (d *DocumentStore) Put(ctx context.Context, hash, text string, ttl time.Duration) (ok bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) error {
		return d.client.SetNX(ctx, documentKey(hash), text, ttl).Err()
	})
	return err == nil
}

// Renew stores a text that is already stored for a time from now on.
func (d *DocumentStore) Renew(ctx context.Context, hash string, ttl time.Duration) (ok bool) {
	err := d.breaker.Do(ctx, func(ctx context.Context) error {
		return d.client.Expire(ctx, documentKey(hash), ttl).Err()
	})
	return err == nil
}
