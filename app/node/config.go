package node

import (
	"log/slog"

	"aisle/app/redact"
	"aisle/app/settings"
)

// Config configures a node. Log must be set.
type Config struct {
	settings.Node

	Version string
	Dev     bool // anyone may introspect the schema, and responses count their SQL statements
	Log     *slog.Logger

	// NoBatching makes each loader send a statement for each key, and turns the caches off. Benchmarks measure with it what
	// batching and caches save. No setting sets it.
	NoBatching bool
}

// cachesEntities reports whether entities are cached.
func (c Config) cachesEntities() bool { return c.EntityCacheMiB > 0 && !c.NoBatching }

// cachesResponses reports whether responses are cached.
func (c Config) cachesResponses() bool { return c.ResponseCacheMiB > 0 && !c.NoBatching }

// redact returns a function that removes the node's secret and the passwords in its URLs from a text.
func (c Config) redact() func(string) string {
	return redact.New([]byte(c.Secret), append([]string{c.DatabaseURL, c.RedisURL}, c.ReplicaURLs...)...).Text
}

// replicaURLs returns the replicas that the node reads from. A node that does not serve clients reads from none.
func (c Config) replicaURLs() []string {
	if !c.Roles.ServesClients() {
		return nil
	}
	return c.ReplicaURLs
}
