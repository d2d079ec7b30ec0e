// Package stage is what a benchmark runs on: a PostgreSQL that keeps what was committed, with a demo chain in it, a real
// Redis, and `aisle serve` as a process of its own. It starts all that and leaves nothing behind.
package stage
