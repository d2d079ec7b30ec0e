package localpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const (
	dataName    = "pgdata"
	pointerName = "data-is-elsewhere.txt"
	pidName     = "postmaster.pid"
)

// files are the paths of a cluster's files.
type files struct {
	dir  string // Config.Dir, absolute and without symbolic links
	home string // directory that the server must reach: dir, or another one
}

func (f files) data() string     { return filepath.Join(f.home, dataName) }
func (f files) password() string { return filepath.Join(f.dir, "password") }
func (f files) log() string      { return filepath.Join(f.dir, "postgres.log") }

// makeDir creates the cluster's directory. Everyone may enter it, because the server's user must; its files are private.
func makeDir(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // see above
		return "", fmt.Errorf("create the directory of PostgreSQL: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the directory of PostgreSQL: %w", err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("find the directory of PostgreSQL: %w", err)
	}
	return dir, nil
}

// settle returns the paths of the data and the user of the server. If that user cannot enter dir, for example below /root, the
// data is in another directory, and a pointer file in dir names it. Data there without a pointer file is stale.
func settle(ctx context.Context, dir string, log *slog.Logger) (files, account, error) {
	here := files{dir: dir, home: dir}
	there := files{dir: dir, home: elsewhere(dir)}
	runAs, err := serverAccount(here.data(), there.data())
	if err != nil {
		return files{}, account{}, err
	}
	if runAs.canEnter(ctx, dir) {
		return here, runAs, nil
	}
	if err := ctx.Err(); err != nil {
		return files{}, account{}, fmt.Errorf("find PostgreSQL's data: %w", err)
	}
	if _, err := os.Lstat(here.data()); err == nil {
		return files{}, account{}, fmt.Errorf("PostgreSQL runs as %s, which cannot reach its data in %s: "+
			"let others enter that directory and those above it (chmod o+x)", runAs.name, dir)
	}
	log.InfoContext(ctx,
		"storing PostgreSQL's data in another directory: PostgreSQL does not run as root, and others cannot enter this one",
		"directory", dir, "data", there.home)
	return there, runAs, there.point()
}

// elsewhere returns the directory for the data of a cluster that root runs in a directory that others cannot enter.
func elsewhere(dir string) string {
	base := "/var/lib"
	if _, err := os.Stat(base); err != nil {
		base = "/var/db" // macOS
	}
	return filepath.Join(base, "aisle-"+shortHash(dir))
}

// point creates the home and the pointer file. It removes stale data first.
func (f files) point() error {
	pointer := filepath.Join(f.dir, pointerName)
	text := "PostgreSQL's data is in " + f.home + "\nRemove both folders together.\n"
	if old, err := os.ReadFile(pointer); err != nil || string(old) != text { //nolint:gosec // in the cluster's folder
		if err := os.RemoveAll(f.home); err != nil {
			return fmt.Errorf("remove stale data of PostgreSQL: %w", err)
		}
	}
	if err := os.MkdirAll(f.home, 0o711); err != nil { //nolint:gosec // the server's user must enter
		return fmt.Errorf("create the directory of PostgreSQL's data: %w", err)
	}
	if err := os.WriteFile(pointer, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the pointer to PostgreSQL's data: %w", err)
	}
	return nil
}

// folders returns the directories of a cluster, dir last.
func (f files) folders() []string {
	if _, err := os.Lstat(filepath.Join(f.dir, pointerName)); err == nil {
		return []string{elsewhere(f.dir), f.dir}
	}
	return []string{f.dir}
}

// binaries returns the programs of the version of the data, or of the latest version if there is no data yet.
func (f files) binaries() (Binaries, error) {
	text, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return Find()
	}
	if err != nil {
		return Binaries{}, fmt.Errorf("read the version of PostgreSQL's data: %w", err)
	}
	major := firstNumber(string(text))
	if b, ok := findMajor(major); ok {
		return b, nil
	}
	if _, err := Find(); err != nil {
		return Binaries{}, err
	}
	return Binaries{}, errVersion(f.data(), major)
}

// rotateLog renames the log of the last start.
func (f files) rotateLog() error {
	if err := os.Rename(f.log(), f.log()+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rotate PostgreSQL's log: %w", err)
	}
	return nil
}

// logFrom returns the beginning of the log after an offset.
func (f files) logFrom(offset int64) string {
	const maxBytes = 4 << 10
	file, err := os.Open(f.log())
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(io.NewSectionReader(file, offset, maxBytes), maxBytes))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
