package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSocketPathLen is the maximum length of a socket's path in bytes: 103 on macOS, 107 on Linux.
const maxSocketPathLen = 103

// socketDir creates a private directory for the Unix socket: in the cluster's directory, or in a temporary one if the path would be
// too long. It removes what a killed server left.
func socketDir(ctx context.Context, f files, a account) (string, error) {
	temporary := "aisle-" + shortHash(f.dir)
	for _, dir := range []string{
		filepath.Join(f.home, "socket"),
		filepath.Join(os.TempDir(), temporary),
		"/tmp/" + temporary,
	} {
		if len(filepath.Join(dir, ".s.PGSQL.65535")) > maxSocketPathLen || !a.canEnter(ctx, filepath.Dir(dir)) {
			continue
		}
		return dir, makeSocketDir(dir, a)
	}
	return "", errors.New("no directory for PostgreSQL's Unix socket has a short enough path")
}

func makeSocketDir(dir string, a account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.chown(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create the directory of PostgreSQL's socket: %w", err)
	}
	// Anyone may have created it in a temporary directory.
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("read the directory of PostgreSQL's socket: %w", err)
	}
	uid, _, _ := owner(dir)
	if !info.IsDir() || uid != a.uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s, the directory of PostgreSQL's socket, is not a private directory of the user that PostgreSQL runs as: "+
			"remove it", dir)
	}
	return clearDir(dir)
}

func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read the directory of PostgreSQL's socket: %w", err)
	}
	for _, entry := range entries {
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove an old socket of PostgreSQL: %w", err)
		}
	}
	return nil
}
