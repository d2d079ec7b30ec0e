package system_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// keyStates returns the states that `aisle keys list` prints, in order.
func keyStates(t *testing.T, url string) string {
	t.Helper()
	status, out, notes := run(t, "keys", "list", "--database-url", url)
	if status != 0 {
		t.Fatalf("status %d: %s", status, notes)
	}
	rows := regexp.MustCompile(`(?m)^[\w-]{43} +(\w+)`).FindAllStringSubmatch(out, -1)
	states := make([]string, len(rows))
	for i, row := range rows {
		states[i] = row[1]
	}
	return strings.Join(states, " ")
}

func TestKeysAreListedAndRotated(t *testing.T) {
	t.Parallel()
	url, secret := pgtest.New(t), strings.Repeat("s", 32)
	rotate := func(args ...string) {
		t.Helper()
		args = append([]string{"keys", "rotate", "--database-url", url, "--secret", secret}, args...)
		if status, _, notes := run(t, args...); status != 0 {
			t.Fatalf("status %d: %s", status, notes)
		}
	}
	if _, out, _ := run(t, "keys", "list", "--database-url", url); !strings.Contains(out, "no keys yet") {
		t.Errorf("got %s", out)
	}

	rotate("--replace")
	if got := keyStates(t, url); got != "signs" {
		t.Errorf("after the first: %s", got)
	}
	rotate()
	if got := keyStates(t, url); got != "signs next" {
		t.Errorf("after a rotation: %s", got)
	}
	rotate("--replace")
	if got := keyStates(t, url); got != "signs" {
		t.Errorf("after a replacement: %s", got)
	}
}

func TestKeysOfAnotherSecretMustBeReplaced(t *testing.T) {
	t.Parallel()
	url, lost, found := pgtest.New(t), strings.Repeat("l", 32), strings.Repeat("f", 32)
	if status, _, notes := run(t, "keys", "rotate", "--replace", "--database-url", url, "--secret", lost); status != 0 {
		t.Fatalf("status %d: %s", status, notes)
	}

	status, _, notes := run(t, "keys", "rotate", "--database-url", url, "--secret", found)
	if status != 1 || !strings.Contains(notes, "AISLE_SECRET") || !strings.Contains(notes, "--replace") || strings.Contains(notes, found) {
		t.Errorf("status %d: %s", status, notes)
	}
	if status, _, notes := run(t, "keys", "rotate", "--replace", "--database-url", url, "--secret", found); status != 0 {
		t.Errorf("status %d: %s", status, notes)
	}
}

func TestKeysOfAnEmptyDatabaseAreNotRotated(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"keys", "rotate", "--data", t.TempDir()},
		{"keys", "rotate", "--database-url", "postgres://127.0.0.1:1/x", "--secret", "hush"},
	} {
		if status, _, notes := run(t, args...); status != 1 || !strings.Contains(notes, "AISLE_SECRET") || strings.Contains(notes, "hush") {
			t.Errorf("status %d: %s", status, notes)
		}
	}
}

func TestServeRejectsASecretThatDoesNotDecryptTheKeys(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	if status, _, notes := run(t, "keys", "rotate", "--database-url", url, "--secret", strings.Repeat("l", 32)); status != 0 {
		t.Fatalf("status %d: %s", status, notes)
	}

	status, _, notes := run(t, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--database-url", url,
		"--redis-url", "redis://127.0.0.1:1", "--secret", strings.Repeat("s", 32))

	if status != 1 || !strings.Contains(notes, "AISLE_SECRET") {
		t.Errorf("status %d: %s", status, notes)
	}
	if got := keyStates(t, url); got != "next" && got != "signs" {
		t.Errorf("the keys are %s", got)
	}
}

func TestServePublishesItsKeys(t *testing.T) {
	t.Parallel()
	node := startServe(t, "redis://127.0.0.1:1")
	defer func() {
		_ = node.Process.Signal(syscall.SIGTERM)
		_ = node.Wait()
	}()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node.api+"/.well-known/jwks.json", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	var set struct {
		Keys []struct {
			Alg string `json:"alg"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil || len(set.Keys) != 1 || set.Keys[0].Alg != "EdDSA" {
		t.Errorf("got %+v, %v", set, err)
	}
	if got := status(t, node.admin+"/.well-known/jwks.json"); got != http.StatusNotFound {
		t.Errorf("on the admin port: status %d", got)
	}
}

func TestInvalidIssuersAreRejected(t *testing.T) {
	list := filepath.Join(t.TempDir(), "issuers.json")
	if err := os.WriteFile(list, []byte(`[{"issuer":"i","audience":"a","jwks":"http://id.test/certs","login":"sub"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, reason := range map[string]string{
		`[{"issuer":"i"}]`: `"issuer" and "audience" are required`,
		list:               "https://",
		"missing.json":     "no such file",
	} {
		status, _, notes := run(t, "serve", "--external-issuers", value)

		if status != 2 || !strings.Contains(notes, reason) || !strings.Contains(notes, "AISLE_EXTERNAL_ISSUERS") {
			t.Errorf("%s: status %d: %s", value, status, notes)
		}
	}
}
