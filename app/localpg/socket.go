package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSocketPathLen is how many bytes a socket's path may have: 103 on macOS, 107 on Linux.
const maxSocketPathLen = 103

// socketDir makes a private folder for the unix socket: in the cluster's, or in a temporary folder when the path
// would be too long. What a killed server left in it goes.
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
	return "", errors.New("no folder for PostgreSQL's unix socket has a path that is short enough")
}

func makeSocketDir(dir string, a account) error {
	err := os.Mkdir(dir, 0o700)
	if err == nil {
		return a.chown(dir)
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make a folder for PostgreSQL's socket: %w", err)
	}
	// In a temporary folder anyone may have made it.
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the folder of PostgreSQL's socket: %w", err)
	}
	uid, _, _ := owner(dir)
	if !info.IsDir() || uid != a.uid || info.Mode().Perm() != 0o700 {
		return fmt.Errorf("%s is for PostgreSQL's socket, but is not a private folder of the user that it runs as: remove it", dir)
	}
	return clearDir(dir)
}

func clearDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into the folder of PostgreSQL's socket: %w", err)
	}
	for _, entry := range entries {
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove an old socket of PostgreSQL: %w", err)
		}
	}
	return nil
}
