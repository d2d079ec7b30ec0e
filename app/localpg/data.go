package localpg

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// ensureData creates the data if there is none, and returns the superuser's password. It renames the data when it is complete, so
// that an interrupted creation starts again.
func (c *Cluster) ensureData(ctx context.Context, cfg Config) (string, error) {
	if _, err := os.Lstat(c.files.data()); err == nil {
		return c.readPassword()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("find PostgreSQL's data: %w", err)
	}
	password := rand.Text()
	if cfg.PrimaryURL != "" {
		upstream, err := url.Parse(cfg.PrimaryURL)
		if err != nil {
			return "", errors.New("the URL of the primary is invalid") // it contains the password
		}
		password, _ = upstream.User.Password() // a replica has the users of the primary
	}
	if err := os.WriteFile(c.files.password(), []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the password of PostgreSQL: %w", err)
	}
	workDir := c.files.data() + ".new"
	defer os.RemoveAll(workDir) //nolint:errcheck // the next start tries again
	if err := c.makeData(ctx, workDir, password, cfg); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(workDir, dataName), c.files.data()); err != nil {
		return "", fmt.Errorf("put PostgreSQL's data in place: %w", err)
	}
	return password, nil
}

func (c *Cluster) readPassword() (string, error) {
	text, err := os.ReadFile(c.files.password())
	if err != nil {
		return "", fmt.Errorf("read the password of PostgreSQL (remove %s to start with an empty database): %w", c.files.data(), err)
	}
	return strings.TrimSpace(string(text)), nil
}

// makeData creates the data in a directory.
func (c *Cluster) makeData(ctx context.Context, workDir, password string, cfg Config) error {
	if cfg.PrimaryURL != "" {
		return c.baseBackup(ctx, workDir, cfg.PrimaryURL)
	}
	err := c.initdb(ctx, workDir, "C.UTF-8", password, cfg.Durable)
	if err != nil && strings.Contains(err.Error(), "invalid locale") {
		err = c.initdb(ctx, workDir, "C", password, cfg.Durable)
	}
	return err
}

// initdb creates an empty cluster in a directory, which it creates first.
func (c *Cluster) initdb(ctx context.Context, workDir, locale, password string, durable bool) error {
	secret := filepath.Join(workDir, "password")
	if err := c.prepareWorkDir(workDir, secret, password); err != nil {
		return err
	}
	args := []string{
		c.binaries.path("initdb"), "--pgdata", filepath.Join(workDir, dataName), "--username", superuser, "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale, "--no-instructions",
	}
	if !durable {
		args = append(args, "--no-sync")
	}
	return c.runToEnd(ctx, args)
}

// baseBackup creates a replica of another cluster in a directory, which it creates first, and a replication slot for it.
func (c *Cluster) baseBackup(ctx context.Context, workDir, follows string) error {
	if err := c.prepareWorkDir(workDir, filepath.Join(workDir, "password"), ""); err != nil {
		return err
	}
	server, err := filepath.EvalSymlinks(c.binaries.path("postgres")) // the PATH may have a link to the server only
	if err != nil {
		return fmt.Errorf("find pg_basebackup: %w", err)
	}
	return c.runToEnd(ctx, []string{
		filepath.Join(filepath.Dir(server), "pg_basebackup"), "--pgdata", filepath.Join(workDir, dataName), "--dbname", follows,
		"--checkpoint", "fast",
		"--wal-method", "stream", "--write-recovery-conf", "--create-slot", "--slot", "replica_" + shortHash(c.files.dir), "--no-sync",
	})
}

// runToEnd runs a program that creates data, and waits for it.
func (c *Cluster) runToEnd(ctx context.Context, args []string) error {
	process, logged, err := c.launch(ctx, args)
	if err != nil {
		return err
	}
	select {
	case <-process.done:
		process.release()
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("create a PostgreSQL cluster: %w", ctx.Err()), process.stop(ctx))
	}
	if process.err != nil {
		return fmt.Errorf("create a PostgreSQL cluster: %w\n%s", process.err, c.files.logFrom(logged))
	}
	return nil
}

// prepareWorkDir creates the directory that initdb works in, with a file that contains the password.
func (c *Cluster) prepareWorkDir(workDir, secret, password string) error {
	if err := os.RemoveAll(workDir); err != nil {
		return fmt.Errorf("remove an incomplete PostgreSQL cluster: %w", err)
	}
	if err := os.Mkdir(workDir, 0o700); err != nil {
		return fmt.Errorf("create the directory of PostgreSQL's data: %w", err)
	}
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("write the password file of initdb: %w", err)
	}
	return errors.Join(c.account.chown(secret), c.account.chown(workDir))
}
