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

// ensureData makes the data when there is none and returns the superuser's password. The data gets its name when
// it is complete, so that what was killed in between is made anew.
func (c *Cluster) ensureData(ctx context.Context, cfg Config) (string, error) {
	if _, err := os.Lstat(c.files.data()); err == nil {
		return c.readPassword()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("look for PostgreSQL's data: %w", err)
	}
	password := rand.Text()
	if cfg.PrimaryURL != "" {
		upstream, err := url.Parse(cfg.PrimaryURL)
		if err != nil {
			return "", errors.New("the URL of the server to follow cannot be read") // the password is in it
		}
		password, _ = upstream.User.Password() // the replica has the same users
	}
	if err := os.WriteFile(c.files.password(), []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep PostgreSQL's password: %w", err)
	}
	workshop := c.files.data() + ".new"
	defer os.RemoveAll(workshop) //nolint:errcheck // the next start tries again
	if err := c.makeData(ctx, workshop, password, cfg); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(workshop, dataName), c.files.data()); err != nil {
		return "", fmt.Errorf("put PostgreSQL's data in place: %w", err)
	}
	return password, nil
}

func (c *Cluster) readPassword() (string, error) {
	text, err := os.ReadFile(c.files.password())
	if err != nil {
		return "", fmt.Errorf("read PostgreSQL's password (to begin anew without its data, remove %s): %w", c.files.data(), err)
	}
	return strings.TrimSpace(string(text)), nil
}

// makeData makes the data in a folder.
func (c *Cluster) makeData(ctx context.Context, workshop, password string, cfg Config) error {
	if cfg.PrimaryURL != "" {
		return c.baseBackup(ctx, workshop, cfg.PrimaryURL)
	}
	err := c.initdb(ctx, workshop, "C.UTF-8", password, cfg.Durable)
	if err != nil && strings.Contains(err.Error(), "invalid locale") {
		err = c.initdb(ctx, workshop, "C", password, cfg.Durable)
	}
	return err
}

// initdb makes an empty cluster in a folder, which is made anew.
func (c *Cluster) initdb(ctx context.Context, workshop, locale, password string, durable bool) error {
	secret := filepath.Join(workshop, "password")
	if err := c.prepareWorkDir(workshop, secret, password); err != nil {
		return err
	}
	args := []string{
		c.binaries.path("initdb"), "--pgdata", filepath.Join(workshop, dataName), "--username", superuser, "--pwfile", secret,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale, "--no-instructions",
	}
	if !durable {
		args = append(args, "--no-sync")
	}
	return c.runToEnd(ctx, args)
}

// baseBackup makes a replica of another cluster in a folder, which is made anew, and a replication slot for it.
func (c *Cluster) baseBackup(ctx context.Context, workshop, follows string) error {
	if err := c.prepareWorkDir(workshop, filepath.Join(workshop, "password"), ""); err != nil {
		return err
	}
	server, err := filepath.EvalSymlinks(c.binaries.path("postgres")) // the PATH may have links to the server alone
	if err != nil {
		return fmt.Errorf("find pg_basebackup: %w", err)
	}
	return c.runToEnd(ctx, []string{
		filepath.Join(filepath.Dir(server), "pg_basebackup"), "--pgdata", filepath.Join(workshop, dataName), "--dbname", follows,
		"--checkpoint", "fast",
		"--wal-method", "stream", "--write-recovery-conf", "--create-slot", "--slot", "replica_" + shortHash(c.files.dir), "--no-sync",
	})
}

// runToEnd runs a program that makes data to its end.
func (c *Cluster) runToEnd(ctx context.Context, args []string) error {
	process, logged, err := c.launch(ctx, args)
	if err != nil {
		return err
	}
	select {
	case <-process.done:
		process.release()
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("make a PostgreSQL cluster: %w", ctx.Err()), process.stop(ctx))
	}
	if process.err != nil {
		return fmt.Errorf("make a PostgreSQL cluster: %w\n%s", process.err, c.files.logFrom(logged))
	}
	return nil
}

// prepareWorkDir makes the folder that initdb works in, with the password, which it reads only from a file of its user.
func (c *Cluster) prepareWorkDir(workshop, secret, password string) error {
	if err := os.RemoveAll(workshop); err != nil {
		return fmt.Errorf("remove a half-made PostgreSQL: %w", err)
	}
	if err := os.Mkdir(workshop, 0o700); err != nil {
		return fmt.Errorf("make a folder for PostgreSQL's data: %w", err)
	}
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("hand PostgreSQL its password: %w", err)
	}
	return errors.Join(c.account.chown(secret), c.account.chown(workshop))
}
