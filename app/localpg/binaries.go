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

// Binaries are an installed PostgreSQL server.
type Binaries struct {
	Dir   string // has initdb and postgres
	Major int    // 15 of 15.3
}

// ErrNotInstalled is a machine without PostgreSQL's server binaries. It says what to install.
var ErrNotInstalled = errors.New("no PostgreSQL server is installed (initdb and postgres are neither on the PATH nor in " +
	"the usual places): on Debian and Ubuntu run `apt-get install postgresql`, on macOS `brew install postgresql`")

// Find looks for PostgreSQL's server on the PATH and then in the usual places, the newest first. It returns
// ErrNotInstalled when there is none.
func Find() (Binaries, error) {
	for _, dir := range searchPath() {
		if b, ok := detect(dir); ok {
			return b, nil
		}
	}
	return Binaries{}, ErrNotInstalled
}

// findMajor is Find for data that one version has made.
func findMajor(major int) (Binaries, bool) {
	for _, dir := range searchPath() {
		if b, ok := detect(dir); ok && b.Major == major {
			return b, true
		}
	}
	return Binaries{}, false
}

// searchPath are the folders that may have the binaries, the best first.
func searchPath() []string {
	list := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
		"/opt/homebrew/opt/postgresql*/bin",                  // Homebrew on Apple's processors
		"/usr/local/opt/postgresql*/bin",                     // Homebrew on Intel's
		"/usr/pgsql-*/bin",                                   // PostgreSQL's own packages for Red Hat
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

// firstNumber is the first number in a text, 0 without one.
func firstNumber(s string) int {
	n, err := strconv.Atoi(digits.FindString(s))
	if err != nil {
		return 0
	}
	return n
}

// detect tells whether a folder has a server, and which.
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

// errVersion says that the data is another version's.
func errVersion(data string, major int) error {
	return fmt.Errorf("the data in %s was made by PostgreSQL %d, which is not installed: install it, or remove that "+
		"folder to begin anew", data, major)
}
