package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/alicebob/miniredis/v2"

	"aisle/app/localpg"
	"aisle/app/node"
	"aisle/app/settings"
	"aisle/store/postgres"
	"aisle/telemetry"
	"aisle/web"
)

// devCommand runs everything on one machine, for evaluation and development.
type devCommand struct {
	Port        *int   `placeholder:"8080" type:"port" help:"Port of the API and the admin page; 0 selects a free port. Default: 8080, or a free port if 8080 is in use."`
	Stores      int    `default:"20"       type:"count" help:"Number of stores of the demo chain, which is created if the database is empty."`
	Seed        uint64 `default:"1"        type:"seed"  help:"Seed of the demo chain. The same seed gives the same chain."`
	Data        string `default:".aisle"   type:"path" placeholder:"DIR" help:"Data directory, with the private PostgreSQL."`
	DatabaseURL string `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"URL of a PostgreSQL to use instead of the private one."`
	RedisURL    string `env:"AISLE_REDIS_URL"    placeholder:"URL" help:"URL of a Redis to use instead of the one in this process."`
	LogLevel    string `env:"AISLE_LOG_LEVEL"  default:"info" type:"level"  help:"Lowest level that is logged: debug, info, warn or error."`
	LogFormat   string `env:"AISLE_LOG_FORMAT" default:"text" type:"format" help:"Format of the log: json or text."`
}

// Run starts everything, prints addresses and accounts, and serves until ctx ends.
func (c devCommand) Run(ctx context.Context, t Terminal) (err error) {
	log, err := telemetry.NewLogger(t.Err, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil { //nolint:gosec // the user of PostgreSQL must enter it; its secrets are protected
		return fmt.Errorf("create the data directory (--data): %w", err)
	}
	databaseURL, stop, err := c.postgres(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	redisURL, stopRedis, err := c.redis()
	if err != nil {
		return err
	}
	defer stopRedis()
	if err := c.prepare(ctx, databaseURL, t); err != nil {
		return err
	}
	secret, err := loadSecret(secretFile(c.Data))
	if err != nil {
		return err
	}
	config := node.Config{Node: settings.Defaults(), Version: version(), Dev: true, Log: log}
	config.Addr, config.AdminAddr = c.address(ctx), "127.0.0.1:0"
	config.DatabaseURL, config.RedisURL, config.Secret = databaseURL, redisURL, string(secret)
	config.LogLevel, config.LogFormat = c.LogLevel, c.LogFormat
	config.ShutdownTimeout, config.DrainDelay, config.TraceRatio = 5*time.Second, 0, 1
	return node.Run(ctx, config, func(a node.Addresses) { greet(t, a) })
}

// postgres starts the private PostgreSQL, unless a URL is set.
func (c devCommand) postgres(ctx context.Context, log *slog.Logger) (url string, stop func() error, err error) {
	if c.DatabaseURL != "" {
		return c.DatabaseURL, func() error { return nil }, nil
	}
	cluster, err := localpg.Start(ctx, localpg.Config{Dir: filepath.Join(c.Data, "postgres"), Durable: true, Log: log})
	if err != nil {
		return "", nil, err
	}
	url = cluster.URL("postgres")
	if err := os.WriteFile(urlFile(c.Data), []byte(url), 0o600); err != nil {
		return "", nil, errors.Join(fmt.Errorf("write the URL of the database for other commands: %w", err), cluster.Stop(ctx))
	}
	return url, func() error {
		_ = os.Remove(urlFile(c.Data)) // a stale URL leads to no server
		const stopTimeout = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return cluster.Stop(ctx)
	}, nil
}

// redis starts Redis in this process, unless a URL is set.
func (c devCommand) redis() (url string, stop func(), err error) {
	if c.RedisURL != "" {
		return c.RedisURL, func() {}, nil
	}
	server, err := miniredis.Run()
	if err != nil {
		return "", nil, fmt.Errorf("start Redis in this process: %w", err)
	}
	return "redis://" + server.Addr(), server.Close, nil
}

// prepare migrates the database and fills it if it is empty.
func (c devCommand) prepare(ctx context.Context, databaseURL string, t Terminal) error {
	if _, err := postgres.MigrateUp(ctx, databaseURL); err != nil {
		return err
	}
	return database{DatabaseURL: databaseURL}.seedIfEmpty(ctx, chain{c.Stores, c.Seed}, t)
}

// address returns the address to listen on: the port of the flag, or 8080, or a free port if 8080 is in use.
func (c devCommand) address(ctx context.Context) string {
	if c.Port != nil {
		return net.JoinHostPort("localhost", strconv.Itoa(*c.Port))
	}
	const defaultAddr = "localhost:8080"
	probe, err := (&net.ListenConfig{}).Listen(ctx, "tcp", defaultAddr)
	if err != nil {
		return "localhost:0"
	}
	_ = probe.Close()
	return defaultAddr
}

// loadSecret reads the secret of the data directory, and creates it the first time, so that sessions survive a restart.
func loadSecret(file string) ([]byte, error) {
	secret, err := os.ReadFile(file) //nolint:gosec // the user names the data directory
	if err == nil && len(secret) >= settings.MinSecretLen {
		return secret, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the secret: %w", err)
	}
	random := make([]byte, settings.MinSecretLen)
	_, _ = rand.Read(random) // never fails
	secret = []byte(base64.RawStdEncoding.EncodeToString(random))
	if err := os.WriteFile(file, secret, 0o600); err != nil {
		return nil, fmt.Errorf("write the secret: %w", err)
	}
	return secret, nil
}

// greet prints addresses and accounts.
func greet(t Terminal, a node.Addresses) {
	if !web.Built() {
		t.notef("The admin page is not part of this binary: run `make build` with Node 20.19 or newer.")
	}
	_, port, _ := net.SplitHostPort(a.API.String())
	base := "http://localhost:" + port
	t.printf(`
Aisle is running. Press Ctrl-C to stop it.

  Admin page   %[1]s/graphiql
  API          %[1]s/graphql
  Metrics      http://%[2]s/metrics

Sign in with the password aisle-demo as
  admin          administrator of the chain
  region.1       manager of region 1 (region.2, ...)
  manager.1      manager of store 1 (manager.2, ...)
  supervisor.1   supervisor in store 1
  associate.1    associate in store 1

Partner system: client ID demo-partner, client secret aisle-demo, all scopes.

Try it:
  curl -s %[1]s/graphql -H 'content-type: application/json' -d '{"query":"mutation { signIn(input: {login: \"manager.1\", password: \"aisle-demo\"}) { session { accessToken } viewer { displayName role store { name unfinishedTaskCount } } } }"}'
  curl -s %[1]s/oauth/token -u demo-partner:aisle-demo -d grant_type=client_credentials

`, base, a.Admin)
}
