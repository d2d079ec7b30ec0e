package localpg

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		runClusterForever(dir)
	}
	goleak.VerifyTestMain(m)
}

// needPostgres skips a test if no server is installed.
func needPostgres(t *testing.T) {
	t.Helper()
	if _, err := Find(); err != nil {
		t.Skip("skipped:", err)
	}
}

// newDir returns a directory that PostgreSQL's user can enter, also if root runs the tests. It cannot enter t.TempDir.
func newDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aisle-localpg-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = Remove(context.Background(), filepath.Join(dir, "cluster")) // waits for killed processes
		_ = os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "cluster")
}

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// query returns the text that a statement selects.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background()) //nolint:errcheck // only read
	var text string
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// insertWord inserts a word into a table.
func insertWord(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background()) //nolint:errcheck // the statement has ended
	if _, err := conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'milk'::text AS word"); err != nil {
		t.Fatal(err)
	}
}

// wantNoProcesses checks that no process of a cluster runs. Each would hold the lock.
func wantNoProcesses(t *testing.T, dir string) {
	t.Helper()
	if left := processes(t, dir); len(left) > 0 {
		t.Errorf("processes still run: %q", left)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	lock, err := takeLock(ctx, dir)
	if err != nil {
		t.Fatalf("the lock is still held: %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

// processes returns the command lines that contain a directory.
func processes(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && strings.Contains(commandLine(pid), dir) {
			list = append(list, commandLine(pid))
		}
	}
	return list
}

func TestARunningCluster(t *testing.T) {
	needPostgres(t)
	c := start(t, newDir(t))

	t.Run("answers on the socket and on loopback", func(t *testing.T) { answersOnBoth(t, c) })
	t.Run("has the locale and the time zone", func(t *testing.T) { hasLocale(t, c) })
	t.Run("wants the password", func(t *testing.T) { wantsPassword(t, c) })
	t.Run("has a second owner told the first", func(t *testing.T) { tellsOwner(t, c) })
}

func answersOnBoth(t *testing.T, c *Cluster) {
	t.Helper()
	socket := query(t, c.URL("postgres"), "SELECT coalesce(host(inet_client_addr()), 'socket')")
	loopback := query(t, strings.Replace(c.URL("postgres"), "host=", "application_name=", 1),
		"SELECT coalesce(host(inet_client_addr()), 'socket')")

	if socket != "socket" || loopback != "127.0.0.1" {
		t.Errorf("connected by %q and %q", socket, loopback)
	}
}

func hasLocale(t *testing.T, c *Cluster) {
	t.Helper()
	got := query(t, c.URL("postgres"), `SELECT concat_ws(' ', pg_encoding_to_char(encoding), current_setting('TimeZone'), datcollate)
		FROM pg_database WHERE datname = 'postgres'`)

	if got != "UTF8 UTC C.UTF-8" && got != "UTF8 UTC C" {
		t.Errorf("encoding, time zone and locale are %q", got)
	}
}

func TestSettingsOfTheCallerWin(t *testing.T) {
	needPostgres(t)
	c, err := Start(t.Context(), Config{Dir: newDir(t), Settings: map[string]string{
		"max_connections": "33", "application_name": `it's a \ name`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, c)

	got := query(t, c.URL("postgres"), "SELECT current_setting('max_connections') || current_setting('application_name')")

	if want := `33it's a \ name`; got != want {
		t.Errorf("settings are %q, want %q", got, want)
	}
}

func wantsPassword(t *testing.T, c *Cluster) {
	t.Helper()
	for _, url := range []string{c.URL("postgres"), strings.Replace(c.URL("postgres"), "host=", "application_name=", 1)} {
		conn, err := pgx.Connect(t.Context(), strings.Replace(url, c.password, "guess", 1))
		if err == nil {
			_ = conn.Close(t.Context())
			t.Error("a wrong password was accepted")
		}
	}
}

func TestStopLeavesNoProcess(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	c := start(t, dir)
	if len(processes(t, dir)) == 0 && commandLine(os.Getpid()) != "" {
		t.Error("the processes of a running cluster are not found")
	}

	stop(t, c)

	wantNoProcesses(t, dir)
}

func TestStopEndsAtOnceWhenItsContextHasEnded(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	c := start(t, dir)

	if err := c.Stop(canceledContext(t.Context())); err != nil {
		t.Error(err)
	}

	wantNoProcesses(t, dir)
}

func TestRestartIsFastAndKeepsData(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	c := start(t, dir)
	insertWord(t, c.URL("postgres"))
	stop(t, c)

	const tries, most = 5, 3 * time.Second // the machine may be busy; most is ten times the duration on an idle one
	took := most + 1
	for range tries {
		began := time.Now()
		c = start(t, dir)
		if took = time.Since(began); took <= most {
			break
		}
		stop(t, c)
	}
	if took > most {
		t.Fatalf("the last of %d restarts took %v", tries, took)
	}

	if got := query(t, c.URL("postgres"), "SELECT word FROM kept"); got != "milk" {
		t.Errorf("the words are %q", got)
	}
	t.Logf("restarted in %v", took)
}

func tellsOwner(t *testing.T, c *Cluster) {
	t.Helper()
	_, err := Start(t.Context(), Config{Dir: c.files.dir})

	if err == nil || !strings.Contains(err.Error(), "pid "+strconv.Itoa(os.Getpid())) {
		t.Errorf("the second start returned %v", err)
	}
}

func TestADeepFolderWorks(t *testing.T) {
	needPostgres(t)
	dir := filepath.Join(newDir(t), strings.Repeat("deep/er, and it's \"odd\"/", 8))
	c := start(t, dir)

	got := query(t, c.URL("postgres"), "SELECT 'yes'")
	stop(t, c)

	if got != "yes" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(c.socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory of the socket still exists: %v", err)
	}
}

func TestIncompleteClusterIsCreatedAgain(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	if err := os.MkdirAll(filepath.Join(dir, dataName+".new", dataName), 0o755); err != nil {
		t.Fatal(err)
	}

	c := start(t, dir)

	query(t, c.URL("postgres"), "SELECT 'yes'")
	if _, err := os.Stat(c.files.data() + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the incomplete cluster still exists: %v", err)
	}
}

func TestCanceledStartLeavesNoProcesses(t *testing.T) {
	needPostgres(t)
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 700 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			dir := newDir(t)
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()

			c, err := Start(ctx, Config{Dir: dir})
			if err == nil { // the machine was fast
				stop(t, c)
			}

			wantNoProcesses(t, dir)
			stop(t, start(t, dir))
		})
	}
}

func TestRootsFolderThatOthersCannotEnterHasItsDataElsewhere(t *testing.T) {
	needPostgres(t)
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root has to run PostgreSQL as another user")
	}
	dir := newDir(t)
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c, err := Start(t.Context(), Config{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	insertWord(t, c.URL("postgres"))
	stop(t, c)

	again := start(t, dir)

	if got := query(t, again.URL("postgres"), "SELECT word FROM kept"); got != "milk" {
		t.Errorf("the words are %q", got)
	}
	pointer, err := os.ReadFile(filepath.Join(dir, pointerName))
	if err != nil || !strings.Contains(string(pointer), elsewhere(dir)) || !strings.Contains(log.String(), elsewhere(dir)) {
		t.Errorf("the directory of the data is not logged: %q, %v, %q", pointer, err, log.String())
	}
}
