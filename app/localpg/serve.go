package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	startTimeout     = time.Minute // a start may include crash recovery
	maxStartAttempts = 5           // a free port may be taken in between
)

// errPortTaken is returned if another process took the free port.
var errPortTaken = errors.New("the port was taken in between")

// serve starts the server on a free port and waits until it answers.
func (c *Cluster) serve(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := errPortTaken
	for i := 0; i < maxStartAttempts && errors.Is(err, errPortTaken); i++ {
		if c.port, err = cfg.Port, nil; c.port == 0 {
			c.port, err = freePort(ctx)
		}
		if err == nil {
			err = c.startOn(ctx, cfg)
		}
	}
	if err != nil {
		c.removeSocket()
	}
	return err
}

func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port for PostgreSQL: %w", err)
	}
	defer listener.Close() //nolint:errcheck // nothing was accepted
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port for PostgreSQL: %v is not a TCP address", listener.Addr())
	}
	return address.Port, nil
}

func (c *Cluster) startOn(ctx context.Context, cfg Config) error {
	if err := c.writeSettings(cfg); err != nil {
		return err
	}
	// A killed server leaves this file. PostgreSQL would take another process with the same ID for a running server; the lock
	// proves that none runs.
	pidFile := filepath.Join(c.files.data(), pidName)
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the PID file of a killed PostgreSQL: %w", err)
	}
	process, logged, err := c.launch(ctx, []string{c.binaries.path("postgres"), "-D", c.files.data()})
	if err != nil {
		return err
	}
	if err := waitReady(ctx, process, pidFile); err != nil {
		err = errors.Join(err, process.stop(canceledContext(ctx)))
		text := c.files.logFrom(logged)
		if strings.Contains(text, "could not create any TCP/IP sockets") {
			return errPortTaken
		}
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, text)
	}
	c.process = process
	return nil
}

// canceledContext returns a context that has ended, so that stop does not wait.
func canceledContext(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// waitReady waits until the server accepts connections. As pg_ctl does, it reads the last line of postmaster.pid.
func waitReady(ctx context.Context, p *process, pidFile string) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(pidFile) //nolint:gosec // in the cluster's folder
		if err == nil && strings.HasSuffix(strings.TrimSpace(string(text)), "\nready") {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return errors.New("the server exited")
		case <-ctx.Done():
			return fmt.Errorf("the server does not become ready: %w", ctx.Err())
		}
	}
}
