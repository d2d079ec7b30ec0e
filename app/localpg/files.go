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

// files are the places of a cluster's files.
type files struct {
	dir  string // Config.Dir, absolute and without symbolic links
	home string // of what the server needs to reach: dir, or a folder elsewhere
}

func (f files) data() string     { return filepath.Join(f.home, dataName) }
func (f files) password() string { return filepath.Join(f.dir, "password") }
func (f files) log() string      { return filepath.Join(f.dir, "postgres.log") }

// makeDir makes the cluster's folder. All may enter it, as the server's user must; what is in it is private.
func makeDir(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // see above
		return "", fmt.Errorf("make PostgreSQL's folder: %w", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	return dir, nil
}

// settle finds where the data is or will be, and who the server runs as. Data is elsewhere when dir is in a folder,
// say /root, which that user cannot enter. A file in dir says so, and data elsewhere without it is that of a folder which was removed.
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
		return files{}, account{}, fmt.Errorf("look for PostgreSQL's data: %w", err)
	}
	if _, err := os.Lstat(here.data()); err == nil {
		return files{}, account{}, fmt.Errorf("%s, which PostgreSQL runs as, cannot reach its data in %s any more: "+
			"let others enter (chmod o+x) that folder and those above it", runAs.name, dir)
	}
	log.InfoContext(ctx, "PostgreSQL's data is elsewhere, because it does not run as root and others cannot enter the folder",
		"folder", dir, "data", there.home)
	return there, runAs, there.point()
}

// elsewhere is the place for the data of a cluster that root runs in a folder which others cannot enter.
func elsewhere(dir string) string {
	base := "/var/lib"
	if _, err := os.Stat(base); err != nil {
		base = "/var/db" // macOS
	}
	return filepath.Join(base, "aisle-"+shortHash(dir))
}

// point makes the home elsewhere, empty unless dir has the file that points to it, and that file.
func (f files) point() error {
	pointer := filepath.Join(f.dir, pointerName)
	text := "PostgreSQL's data is in " + f.home + "\nRemove both folders together.\n"
	if old, err := os.ReadFile(pointer); err != nil || string(old) != text { //nolint:gosec // in the cluster's folder
		if err := os.RemoveAll(f.home); err != nil {
			return fmt.Errorf("remove the data of a folder that is gone: %w", err)
		}
	}
	if err := os.MkdirAll(f.home, 0o711); err != nil { //nolint:gosec // the server's user must enter
		return fmt.Errorf("make a folder for PostgreSQL's data: %w", err)
	}
	if err := os.WriteFile(pointer, []byte(text), 0o600); err != nil {
		return fmt.Errorf("say where PostgreSQL's data is: %w", err)
	}
	return nil
}

// folders are all of a cluster's, the last one its own.
func (f files) folders() []string {
	if _, err := os.Lstat(filepath.Join(f.dir, pointerName)); err == nil {
		return []string{elsewhere(f.dir), f.dir}
	}
	return []string{f.dir}
}

// binaries are those of the version that made the data, or the best when there is none yet.
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

// rotateLog begins a new log and keeps the last one.
func (f files) rotateLog() error {
	if err := os.Rename(f.log(), f.log()+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("rotate PostgreSQL's log: %w", err)
	}
	return nil
}

// logFrom is the log's text from an offset on, as far as it helps.
func (f files) logFrom(offset int64) string {
	const enough = 4 << 10
	file, err := os.Open(f.log())
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(io.LimitReader(io.NewSectionReader(file, offset, enough), enough))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
