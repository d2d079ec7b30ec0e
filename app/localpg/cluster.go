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
	// Dir is the cluster's folder. It is made when absent, with the password, the log and the data in it.
	Dir string
	// Durable keeps what was committed through any crash. Without it, for tests, a crash of the server loses the last
	// fraction of a second, and one of the machine may destroy the cluster.
	Durable bool
	// Port of the server; 0 is a free one.
	Port int
	// PrimaryURL is the URL of a server whose replica the cluster is made as; empty for one of its own. That server keeps what
	// the replica has not got yet.
	PrimaryURL string
	// Settings of postgresql.conf, over those that this package chooses.
	Settings map[string]string
	// Log is told what a person should know; nil is silence.
	Log *slog.Logger
}

// Cluster is a running PostgreSQL. Its owner stops it.
type Cluster struct {
	files    files
	lock     *os.File
	account  account
	binaries Binaries
	password string
	log      *slog.Logger

	port    int
	socket  string // the folder of the unix socket
	process *process
}

// Start makes the cluster in cfg.Dir when there is none, starts it and waits until it answers. When it fails or ctx ends
// nothing is left running. An error names the process that runs the cluster already, or ends with the server's log.
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

// run does all that needs the lock.
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

// URL is the address of a database for pgx, psql and other clients of libpq, as the superuser. It makes no database;
// "postgres" is always there. The password is in it.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.UserPassword(superuser, c.password),
		Host:   net.JoinHostPort(loopback, strconv.Itoa(c.port)),
		Path:   "/" + database,
		// The host that counts is this one. The socket saves a tenth of a millisecond a statement.
		RawQuery: url.Values{"host": {c.socket}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// PID is the server's process.
func (c *Cluster) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.files.data(), pidName))
	if err != nil {
		return 0, fmt.Errorf("find PostgreSQL's process: %w", err)
	}
	return firstNumber(string(text)), nil
}

// Stop ends the server: its clients are disconnected and its data is written. When ctx ends before that, it ends at
// once and recovers at its next start. No process is left, or the error says so.
func (c *Cluster) Stop(ctx context.Context) error {
	err := c.process.stop(ctx)
	c.removeSocket()
	if closing := c.lock.Close(); err == nil && closing != nil {
		err = fmt.Errorf("release the lock of PostgreSQL: %w", closing)
	}
	return err
}

// removeSocket removes the socket's folder when it is outside the cluster's.
func (c *Cluster) removeSocket() {
	if c.socket != "" && filepath.Dir(c.socket) != c.files.home {
		_ = os.RemoveAll(c.socket)
	}
}

// Remove removes a cluster that nobody runs, with its data, wherever that is. It is an error when a process runs it, and none when there
// is no such cluster.
func Remove(ctx context.Context, dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	lock, err := takeLock(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // it is gone
	for _, folder := range (files{dir: dir}).folders() {
		if err := os.RemoveAll(folder); err != nil {
			return fmt.Errorf("remove PostgreSQL: %w", err)
		}
	}
	return nil
}
