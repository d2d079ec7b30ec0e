package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

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
