package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// Binaries are the programs of an installed PostgreSQL server.
type Binaries struct {
	Dir   string // contains initdb and postgres
	Major int    // for example 15 for version 15.3
}

// ErrNotInstalled is returned if no PostgreSQL server is installed. It says what to install.
var ErrNotInstalled = errors.New("no PostgreSQL server is installed (initdb and postgres are neither on the PATH nor in " +
	"the usual directories): run `apt-get install postgresql` on Debian and Ubuntu, `brew install postgresql` on macOS")

// Find looks for a PostgreSQL server on the PATH and then in the usual directories, the latest version first. It returns
// ErrNotInstalled if there is none.
func Find() (Binaries, error) {
	for _, dir := range searchPath() {
		if b, ok := detect(dir); ok {
			return b, nil
		}
	}
	return Binaries{}, ErrNotInstalled
}

// findMajor looks for a PostgreSQL server of a major version.
func findMajor(major int) (Binaries, bool) {
	for _, dir := range searchPath() {
		if b, ok := detect(dir); ok && b.Major == major {
			return b, true
		}
	}
	return Binaries{}, false
}

// searchPath returns the directories that may have the binaries, the best first.
func searchPath() []string {
	list := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
		"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple silicon
		"/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel
		"/usr/pgsql-*/bin",                                   // packages of PostgreSQL for Red Hat
		"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	} {
		dirs, err := filepath.Glob(pattern)
		if err != nil { // the patterns are constants
			panic(err)
		}
		slices.SortFunc(dirs, func(a, b string) int { return firstNumber(b) - firstNumber(a) })
		list = append(list, dirs...)
	}
	return list
}

var digits = regexp.MustCompile(`\d+`)

// firstNumber returns the first number in a text, or 0.
func firstNumber(s string) int {
	n, err := strconv.Atoi(digits.FindString(s))
	if err != nil {
		return 0
	}
	return n
}

// detect returns the server in a directory, if there is one.
func detect(dir string) (Binaries, bool) {
	if !filepath.IsAbs(dir) {
		return Binaries{}, false
	}
	b := Binaries{Dir: dir}
	if _, err := exec.LookPath(b.path("initdb")); err != nil {
		return b, false
	}
	if _, err := exec.LookPath(b.path("postgres")); err != nil {
		return b, false
	}
	text, err := exec.Command(b.path("postgres"), "--version").Output() //nolint:gosec,noctx // answers at once
	b.Major = firstNumber(string(text))
	return b, err == nil && b.Major > 0
}

func (b Binaries) path(program string) string { return filepath.Join(b.Dir, program) }

// errVersion returns the error for data of a version that is not installed.
func errVersion(data string, major int) error {
	return fmt.Errorf("the data in %s belongs to PostgreSQL %d, which is not installed: install it, or remove that "+
		"directory to start with an empty database", data, major)
}
