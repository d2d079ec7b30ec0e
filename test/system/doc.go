// Package system holds the tests of the whole product: they start the aisle command as processes, with a real PostgreSQL, Redis and
// Prometheus, and observe it from outside.
package system
