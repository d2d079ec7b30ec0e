// Package harness starts what a benchmark needs: a durable PostgreSQL with a demo chain, a Redis, and `aisle serve` as a
// process of its own. It stops everything and removes all files when the benchmark ends.
package harness
