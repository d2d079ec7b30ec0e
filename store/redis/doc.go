// Package redis has what nodes share through Redis: rate limits and the documents of persisted queries. Everything works
// without Redis, with local limits and more work. A circuit breaker keeps requests from waiting for it.
package redis
