package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
)

const superuser = "aisle"

// Config says how to run a cluster.
type Config struct {
	// Dir is the directory of the cluster, with its password, log and data. Start creates it if it does not exist.
	Dir string
	// Durable makes commits survive crashes. Tests leave it off: then a crash of the server loses the last fraction of a second,
	// and a crash of the machine may destroy the cluster.
	Durable bool
	// Port of the server; 0 selects a free port.
	Port int
	// PrimaryURL is the URL of the server that the cluster replicates; empty for a primary. That server retains the WAL that the
	// replica has not received yet.
	PrimaryURL string
	// Settings of postgresql.conf. They override those of this package.
	Settings map[string]string
	// Log receives messages for the user; may be nil.
	Log *slog.Logger
}

// A Cluster is a running PostgreSQL. Stop stops it.
type Cluster struct {
	files    files
	lock     *os.File
	account  account
	binaries Binaries
	password string
	log      *slog.Logger

	port    int
	socket  string // directory of the Unix socket
	process *process
}

// Start creates the cluster in cfg.Dir if there is none, starts it and waits until it accepts connections. If it fails or ctx
// ends, no process is left. An error names the process that already runs the cluster, or has the end of the server's log.
func Start(ctx context.Context, cfg Config) (*Cluster, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	dir, err := makeDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(ctx, dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{lock: lock, log: log}
	if err := c.run(ctx, dir, cfg); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return c, nil
}

// run does what needs the lock.
func (c *Cluster) run(ctx context.Context, dir string, cfg Config) (err error) {
	if c.files, c.account, err = settle(ctx, dir, c.log); err != nil {
		return err
	}
	if c.binaries, err = c.files.binaries(); err != nil {
		return err
	}
	if err := c.files.rotateLog(); err != nil {
		return err
	}
	if c.password, err = c.ensureData(ctx, cfg); err != nil {
		return err
	}
	if c.socket, err = socketDir(ctx, c.files, c.account); err != nil {
		return err
	}
	return c.serve(ctx, cfg)
}

// URL returns the URL of a database for pgx, psql and other clients of libpq. It includes the superuser's password. It creates no
// database; "postgres" always exists.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(superuser, c.password),
		Host:   net.JoinHostPort(loopback, strconv.Itoa(c.port)),
		Path:   "/" + database,
		// This host takes precedence. The socket saves a tenth of a millisecond per statement.
		RawQuery: url.Values{"host": {c.socket}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// PID returns the process ID of the server.
func (c *Cluster) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.files.data(), pidName))
	if err != nil {
		return 0, fmt.Errorf("find PostgreSQL's process: %w", err)
	}
	return firstNumber(string(text)), nil
}

// Stop disconnects the clients, writes the data and stops the server. If ctx ends before, it stops the server at once; the next
// start recovers. If it returns no error, no process is left.
func (c *Cluster) Stop(ctx context.Context) error {
	err := c.process.stop(ctx)
	c.removeSocket()
	if closing := c.lock.Close(); err == nil && closing != nil {
		err = fmt.Errorf("release the lock of PostgreSQL: %w", closing)
	}
	return err
}

// removeSocket removes the directory of the socket if it is outside the cluster's directory.
func (c *Cluster) removeSocket() {
	if c.socket != "" && filepath.Dir(c.socket) != c.files.home {
		_ = os.RemoveAll(c.socket)
	}
}

// Remove removes a cluster with its data. It returns an error if a process runs the cluster, and nil if it does not exist.
func Remove(ctx context.Context, dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the directory of PostgreSQL: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("find the directory of PostgreSQL: %w", err)
	}
	lock, err := takeLock(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // its file is removed
	for _, folder := range (files{dir: dir}).folders() {
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove PostgreSQL: %w", err)
		}
	}
	return nil
}
