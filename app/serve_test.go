package app_test

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// serveProcess is a running `aisle serve`.
type serveProcess struct {
	*exec.Cmd

	api, admin string
	log        *bufio.Scanner
}

// redisServer starts a real Redis and returns its URL.
func redisServer(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	redis := exec.CommandContext(t.Context(), program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Wait() })
	return "redis://" + address
}

// startServe starts a node on a migrated database of its own.
func startServe(t *testing.T, redisURL string) *serveProcess {
	t.Helper()
	p := &serveProcess{Cmd: exec.CommandContext(t.Context(), os.Args[0], "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")}
	p.Env = append(os.Environ(), commandVariable+"=1", "AISLE_DATABASE_URL="+pgtest.New(t), "AISLE_REDIS_URL="+redisURL,
		"AISLE_SECRET="+strings.Repeat("s", 32))
	out, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.log = bufio.NewScanner(out)
	for p.log.Scan() {
		var line struct {
			Message string `json:"msg"`
			API     string `json:"addr"`
			Admin   string `json:"admin_addr"`
		}
		if err := json.Unmarshal(p.log.Bytes(), &line); err != nil {
			t.Fatalf("the log has a line that is no JSON: %s", p.log.Text())
		}
		if line.Message == "serving" {
			p.api, p.admin = "http://"+line.API, "http://"+line.Admin
			return p
		}
	}
	t.Fatalf("it did not start: %v", p.Wait())
	return nil
}

func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestServeIsReadyAndEndsWellOnSIGTERM(t *testing.T) {
	t.Parallel()
	node := startServe(t, redisServer(t))
	for url, want := range map[string]int{
		node.api + "/livez": 200, node.api + "/readyz": 200, node.api + "/metrics": 404, node.api + "/debug/pprof/": 404,
		node.admin + "/livez": 200, node.admin + "/readyz": 200, node.admin + "/metrics": 200, node.admin + "/debug/pprof/": 200,
	} {
		if got := status(t, url); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}

	if err := node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for node.log.Scan() { // until it closes its end
		if !json.Valid(node.log.Bytes()) {
			t.Errorf("the log has a line that is no JSON: %s", node.log.Text())
		}
	}
	if err := node.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// Redis may be gone: the node serves all the same.
func TestServeStartsWithoutRedis(t *testing.T) {
	t.Parallel()
	node := startServe(t, "redis://127.0.0.1:1")
	defer func() {
		_ = node.Process.Signal(syscall.SIGTERM)
		_ = node.Wait()
	}()

	if got := status(t, node.api+"/readyz"); got != http.StatusOK {
		t.Errorf("status %s", strconv.Itoa(got))
	}
}

// The demo's accounts and its switches are dev's alone.
func TestServeHasNoDemo(t *testing.T) {
	t.Parallel()
	node := startServe(t, "redis://127.0.0.1:1")
	defer func() {
		_ = node.Process.Signal(syscall.SIGTERM)
		_ = node.Wait()
	}()
	ask := func(document string) string {
		body, err := json.Marshal(map[string]string{"query": document})
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, node.api+"/graphql", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		answer := json.RawMessage{}
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}

	signIn := ask(`mutation { signIn(input: {login: "admin", password: "aisle-demo"}) { session { accessToken } userErrors { code } } }`)
	if !strings.Contains(signIn, "BAD_CREDENTIALS") || strings.Contains(signIn, "statements") {
		t.Errorf("got %s", signIn)
	}
	if got := ask(`{ __schema { types { name } } }`); strings.Contains(got, `"Query"`) {
		t.Errorf("anybody can read the schema: %s", got)
	}
}

func TestServeRefusesAnUnmigratedDatabase(t *testing.T) {
	t.Setenv("AISLE_DATABASE_URL", os.Getenv(pgtest.Variable)) // the cluster's own, in which nothing is migrated

	code, _, notes := run(t, "serve", "--redis-url", "redis://127.0.0.1:1", "--secret", strings.Repeat("s", 32))

	if code != 1 || !strings.Contains(notes, "aisle migrate up") {
		t.Errorf("status %d: %s", code, notes)
	}
}
