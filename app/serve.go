package app

import (
	"context"
	"errors"

	"aisle/telemetry"
)

// serveCommand runs a node of a real chain. Nothing that must be secret has a default.
type serveCommand struct {
	settings

	DatabaseURL string   `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"PostgreSQL, as postgres://user:password@host:5432/database."`
	ReplicaURLs []string `env:"AISLE_REPLICA_URLS" name:"replica-urls" placeholder:"URL,..." help:"Replicas of it, which queries are read from. See docs/replicas.md."`
	Addr        string   `env:"AISLE_ADDR"       default:":8080" type:"address" help:"Where the API is served."`
	RedisURL    string   `env:"AISLE_REDIS_URL"  placeholder:"URL"              help:"Redis, as redis://user:password@host:6379/0."`
	Secret      string   `env:"AISLE_SECRET"     placeholder:"SECRET"           help:"At least 32 characters that nobody else knows: what the keys of tokens are sealed with. All nodes have the same."`
	Naive       bool     `hidden:"" help:"Read everything by itself, without loaders and caches: for benchmarks that measure what they save."`
	LogFormat   string   `env:"AISLE_LOG_FORMAT" default:"json"  type:"format"  help:"How the log is written: json or text."`
}

// shortestSecret is how many bytes a secret has at least.
const shortestSecret = 32

// Validate asks for what has no default.
func (c serveCommand) Validate() error {
	var errs []error
	if c.DatabaseURL == "" {
		errs = append(errs, errors.New(
			"--database-url (AISLE_DATABASE_URL) is missing: give postgres://user:password@host:5432/database"))
	}
	if c.RedisURL == "" {
		errs = append(errs, errors.New("--redis-url (AISLE_REDIS_URL) is missing: give redis://user:password@host:6379/0"))
	}
	if len(c.Secret) < shortestSecret { // the value stays out of the error
		errs = append(errs, errors.New(
			"--secret (AISLE_SECRET) is missing or shorter than 32 characters: make one with `openssl rand -base64 48`"))
	}
	return errors.Join(errs...)
}

// Run serves until ctx ends.
func (c serveCommand) Run(ctx context.Context, t Terminal) error {
	log, err := telemetry.NewLogger(t.Err, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	n := node{
		settings: c.settings, Addr: c.Addr, DatabaseURL: c.DatabaseURL, ReplicaURLs: c.ReplicaURLs, RedisURL: c.RedisURL,
		Secret: []byte(c.Secret), Naive: c.Naive, Log: log,
	}
	tuneRuntime(ctx, log)
	return n.run(ctx, func(a addresses) {
		log := log.With("version", version(), "roles", n.Roles.String(), "admin_addr", a.Admin.String())
		if a.API != nil {
			log = log.With("addr", a.API.String())
		}
		log.InfoContext(ctx, "serving")
	})
}
