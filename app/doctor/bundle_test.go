package doctor

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"aisle/app/redact"
)

// bundle writes a bundle and returns its files by name.
func bundle(t *testing.T, config Config, e BundleContents) map[string]string {
	t.Helper()
	d := New(t.Context(), config)
	defer d.Close()
	var file bytes.Buffer
	if err := d.WriteBundle(t.Context(), &file, e); err != nil {
		t.Fatal(err)
	}
	unzipped, err := gzip.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return parts
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		parts[path.Base(header.Name)] = string(text)
	}
}

func TestBundleIsCompleteAndHasNoSecret(t *testing.T) {
	t.Parallel()
	const redisPassword, replicaPassword, literal = "hush of/redis", "hush-of-the-replica", "hush-of-a-customer"
	c := newChain(t)
	c.do("GRANT pg_monitor TO " + roleOf(t, c.url))
	forgotten := c.connect()
	if _, err := forgotten.Exec(t.Context(), "BEGIN; SELECT '"+literal+"', 4711471147, $$"+literal+"$$"); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	line := `{"msg":"it happened","error":"` + secret + `","token":"Bearer abc.def-ghi","url":"postgres://x:` + literal + `@host/db"}` + "\n"
	if err := os.WriteFile(log, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	config := c.config(0)
	config.RedisURL = "redis://:" + url.PathEscape(redisPassword) + "@127.0.0.1:1"
	config.ReplicaURLs = []string{"host=replica password=" + replicaPassword}
	config.AdminAddr = startNode(t, http.StatusOK, "aisle_up 1 "+secret)
	at, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := at.User.Password()
	evidence := BundleContents{
		Findings: []Finding{critical("It said "+secret+".", "Hide it.")}, LogFile: log, Version: "1",
		Settings: map[string]string{"AISLE_DATABASE_URL": c.url, "AISLE_REDIS_URL": config.RedisURL, "AISLE_REPLICA_URLS": config.ReplicaURLs[0]},
	}

	parts := bundle(t, config, evidence)

	for _, name := range []string{
		"doctor.txt", "doctor.json", "configuration.json", "settings.json", "activity.json", "locks.json", "connections.json", "tables.json",
		"metrics.txt", "goroutines.txt", "heap.pprof", "log.txt",
	} {
		if parts[name] == "" {
			t.Errorf("it has no %s: %s", name, parts["missing.txt"])
		}
	}
	secrets := []string{secret, password, redisPassword, url.PathEscape(redisPassword), replicaPassword, literal, "4711471147", "abc.def-ghi"}
	for name, text := range parts {
		for _, hush := range secrets {
			if name != "heap.pprof" && strings.Contains(text, hush) { // the fake node responds with the secret
				t.Errorf("%s has the secret %s: %s", name, hush, text)
			}
		}
	}
	for name, words := range map[string][]string{
		"activity.json": {"SELECT ?, ?", "idle in transaction"}, "log.txt": {"it happened", redact.Placeholder, "@host/db"}, "configuration.json": {at.Host, redact.Placeholder},
	} {
		for _, word := range words {
			if !strings.Contains(parts[name], word) {
				t.Errorf("%s does not say %s: %s", name, word, parts[name])
			}
		}
	}
}

func TestBundleListsWhatIsMissing(t *testing.T) {
	t.Parallel()
	config := Config{DatabaseURL: "postgres://aisle:hush@127.0.0.1:1/aisle", AdminAddr: "127.0.0.1:1"}

	parts := bundle(t, config, BundleContents{Findings: []Finding{critical("It is unavailable.", "Start it.")}})

	if !strings.Contains(parts["doctor.txt"], "It is unavailable.") {
		t.Errorf("got %s", parts["doctor.txt"])
	}
	for _, name := range []string{"activity.json", "metrics.txt", "log.txt"} {
		if !strings.Contains(parts["missing.txt"], name) {
			t.Errorf("%s is not said to be missing: %s", name, parts["missing.txt"])
		}
	}
	if strings.Contains(parts["missing.txt"], "hush") {
		t.Error("the password is shown")
	}
}

func TestLiteralsInStatementsAreRedacted(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		"SELECT 'a' FROM t1 WHERE x = $1 AND y = 12.5":       "SELECT ? FROM t1 WHERE x = $1 AND y = ?",
		"SELECT 'it''s', E'a\\'b', 3":                        "SELECT ?, ?, ?",
		"SELECT $$a$$, 'b'":                                  "SELECT ?",
		"UPDATE t SET a = 'is cut off in the midd":           "UPDATE t SET a = ?",
		"SELECT 1 -- the password is hush":                   "SELECT ? ",
		"SELECT /* hush */ 0x1F, 1e5, 'E''x'":                "SELECT  ?, ?, ?",
		"SELECT t1.a2 FROM events.event_20260101 WHERE a=-7": "SELECT t1.a2 FROM events.event_20260101 WHERE a=-?",
	} {
		if got := redactLiterals(statement); got != want {
			t.Errorf("%s becomes %s, want %s", statement, got, want)
		}
	}
}
