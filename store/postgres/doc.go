// Package postgres opens and migrates the PostgreSQL database: connection pools, failover to another host, advisory locks
// and the tracer that counts statements. Modules do not import it: they get a store.DB or a store.Pool.
package postgres
