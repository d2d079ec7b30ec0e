package localpg

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFindPrefersThePath(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) 99.1 (Aisle)'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "relative:"+dir)

	got, err := Find()

	if want := (Binaries{Dir: dir, Major: 99}); err != nil || got != want {
		t.Errorf("found %+v, %v; want %+v", got, err, want)
	}
}

func TestDataOfAnotherVersionIsAClearError(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	if err := os.MkdirAll(filepath.Join(dir, dataName), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, dataName, "PG_VERSION"), []byte("8\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	_, err := Start(t.Context(), Config{Dir: dir})

	if want := errVersion(filepath.Join(dir, dataName), 8); err == nil || errors.Is(err, ErrNotInstalled) || err.Error() != want.Error() {
		t.Errorf("got %v, want %v", err, want)
	}
}
