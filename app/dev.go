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

// devCommand runs everything on one machine, for trying out and for developing.
type devCommand struct {
	Port        *int   `placeholder:"8080" type:"port" help:"Port of the API and the page; 0 picks a free one. Without it: 8080, or a free one when that is taken."`
	Stores      int    `default:"20"       type:"count" help:"Stores of the demo chain, which is made when the database is empty."`
	Seed        uint64 `default:"1"        type:"seed"  help:"The demo chain is the same for the same seed."`
	Data        string `default:".aisle"   type:"path" placeholder:"DIR" help:"Folder of the private PostgreSQL."`
	DatabaseURL string `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"A PostgreSQL to use instead of a private one."`
	RedisURL    string `env:"AISLE_REDIS_URL"    placeholder:"URL" help:"A Redis to use instead of one in this process."`
	LogLevel    string `env:"AISLE_LOG_LEVEL"  default:"info" type:"level"  help:"What is logged: debug, info, warn or error, and above."`
	LogFormat   string `env:"AISLE_LOG_FORMAT" default:"text" type:"format" help:"How the log is written: json or text."`
}

// Run starts it all, says where and who, and serves until ctx ends.
func (c devCommand) Run(ctx context.Context, t Terminal) (err error) {
	log, err := telemetry.NewLogger(t.Err, c.LogFormat, c.LogLevel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil { //nolint:gosec // PostgreSQL's user goes through it; nothing secret lies open in it
		return fmt.Errorf("make the data folder (--data): %w", err)
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
	secret, err := keptSecret(secretFile(c.Data))
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

// postgres starts the private PostgreSQL, unless there is another one to use.
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
		return "", nil, errors.Join(fmt.Errorf("leave the database's URL for other commands: %w", err), cluster.Stop(ctx))
	}
	return url, func() error {
		_ = os.Remove(urlFile(c.Data)) // a URL that is left leads nowhere
		const patience = 10 * time.Second
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return cluster.Stop(ctx)
	}, nil
}

// redis starts Redis in this process, unless there is another one to use.
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

// prepare migrates the database and fills it when it is empty.
func (c devCommand) prepare(ctx context.Context, databaseURL string, t Terminal) error {
	if _, err := postgres.MigrateUp(ctx, databaseURL); err != nil {
		return err
	}
	return seed(ctx, databaseURL, chain{c.Stores, c.Seed}, t)
}

// address is where to listen: where the flag says; without it on 8080, or on a free port when that is taken.
func (c devCommand) address(ctx context.Context) string {
	if c.Port != nil {
		return net.JoinHostPort("localhost", strconv.Itoa(*c.Port))
	}
	const usual = "localhost:8080"
	probe, err := (&net.ListenConfig{}).Listen(ctx, "tcp", usual)
	if err != nil {
		return "localhost:0"
	}
	_ = probe.Close()
	return usual
}

// keptSecret reads the secret of the folder's tokens, and makes it the first time: sessions outlive a restart.
func keptSecret(file string) ([]byte, error) {
	secret, err := os.ReadFile(file) //nolint:gosec // the user's own data folder
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
		return nil, fmt.Errorf("keep the secret: %w", err)
	}
	return secret, nil
}

// greet says where everything is and who can sign in.
func greet(t Terminal, a node.Addresses) {
	if !web.Built() {
		t.notef("The admin page was not built into this binary: run `make build`, which needs Node 20.19 or newer.")
	}
	_, port, _ := net.SplitHostPort(a.API.String())
	base := "http://localhost:" + port
	t.answerf(`
Aisle is running. Ctrl-C stops it.

  The admin page   %[1]s/graphiql
  The API          %[1]s/graphql
  Metrics          http://%[2]s/metrics

Sign in with the password aisle-demo as
  admin            who sees the chain
  region.1         who manages region 1 (region.2, ...)
  manager.1        who manages store 1 (manager.2, ...)
  supervisor.1     who leads a shift in store 1
  associate.1      who works in store 1

Partners' systems: demo-partner, with the secret aisle-demo and every scope.

Try it:
  curl -s %[1]s/graphql -H 'content-type: application/json' -d '{"query":"mutation { signIn(input: {login: \"manager.1\", password: \"aisle-demo\"}) { session { accessToken } viewer { displayName role store { name openTaskCount } } } }"}'
  curl -s %[1]s/oauth/token -u demo-partner:aisle-demo -d grant_type=client_credentials

`, base, a.Admin)
}
