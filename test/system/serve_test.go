package system_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// A serveProcess is a running `aisle serve`.
type serveProcess struct {
	*exec.Cmd

	api, admin string
	reading    sync.WaitGroup  // of the log
	faults     []string        // log lines with level ERROR; read them only after stop
	operations []operationLine // log lines of operations; read them only after stop

	mu   sync.Mutex
	said map[string]int // log lines by message
}

// redisServer starts a Redis server and returns its URL.
func redisServer(t *testing.T) string {
	t.Helper()
	return startRedis(t).url()
}

// A redisProcess is a Redis server that keeps its port across restarts.
type redisProcess struct {
	*exec.Cmd

	program, port, dir string
}

func startRedis(t *testing.T) *redisProcess {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	p := &redisProcess{program: program, port: port, dir: t.TempDir()}
	p.start(t)
	t.Cleanup(func() { _ = p.Wait() })
	return p
}

func (p *redisProcess) url() string { return "redis://127.0.0.1:" + p.port }

func (p *redisProcess) start(t *testing.T) {
	t.Helper()
	p.Cmd = exec.CommandContext(t.Context(), p.program, "--port", p.port, "--bind", "127.0.0.1", "--save", "", "--dir", p.dir)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
}

// listens reports whether it accepts connections.
func (p *redisProcess) listens() bool {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", p.port))
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// pause suspends it (SIGSTOP) until resume is called.
func (p *redisProcess) pause(t *testing.T) (resume func()) {
	t.Helper()
	return pause(t, p.Process.Pid)
}

// pause suspends processes (SIGSTOP) until resume is called.
func pause(t *testing.T, pids ...int) (resume func()) {
	t.Helper()
	send := func(signal syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(pid, signal); err != nil {
				t.Errorf("%v to %d: %v", signal, pid, err)
			}
		}
	}
	send(syscall.SIGSTOP)
	resume = sync.OnceFunc(func() { send(syscall.SIGCONT) })
	t.Cleanup(resume)
	return resume
}

// kill sends SIGKILL and waits.
func (p *redisProcess) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
}

// startServe starts a node on a migrated database of its own.
func startServe(t *testing.T, redisURL string) *serveProcess {
	t.Helper()
	return startNode(t, pgtest.New(t), redisURL)
}

// testTimeout limits how long a test uses a node. Then the node prints its goroutines and ends.
const testTimeout = 3 * time.Minute

// startNode starts a node on a database. Settings are environment variables. After testTimeout it prints its goroutines and ends.
func startNode(t *testing.T, databaseURL, redisURL string, settings ...string) *serveProcess {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	p := &serveProcess{
		Cmd:  exec.CommandContext(ctx, os.Args[0], "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"),
		said: map[string]int{},
	}
	p.Cancel = func() error {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			t.Errorf("the test exceeded %v; the goroutines of the node:", testTimeout)
			return p.Process.Signal(syscall.SIGQUIT)
		}
		return p.Process.Kill()
	}
	p.Env = append(os.Environ(), commandVariable+"=1", "AISLE_DATABASE_URL="+databaseURL, "AISLE_REDIS_URL="+redisURL,
		"AISLE_SECRET="+testSecret, "AISLE_DRAIN_DELAY=0", "AISLE_SHUTDOWN_TIMEOUT=10s")
	p.Env = append(p.Env, settings...)
	out, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for p.api == "" && lines.Scan() {
		p.note(t, lines.Bytes())
	}
	if p.api == "" {
		t.Fatalf("it did not start: %v, %s", p.Wait(), lines.Text())
	}
	p.reading.Go(func() {
		for lines.Scan() {
			p.note(t, lines.Bytes())
		}
	})
	t.Cleanup(p.kill)
	return p
}

// An operationLine has fields of the log line of an operation.
type operationLine struct {
	Operation  string `json:"operation"`
	TraceID    string `json:"trace_id"`
	Statements int    `json:"sql_statements"`
	CacheHits  int    `json:"cache_hits"`
	Cost       int    `json:"cost"`
	Slow       *struct {
		Variables  map[string]any `json:"variables"`
		Statements []struct {
			SQL   string `json:"sql"`
			Times int    `json:"times"`
		} `json:"statements"`
	} `json:"slow"`
}

// note records a line of the log.
func (p *serveProcess) note(t *testing.T, text []byte) {
	t.Helper()
	var line struct {
		operationLine

		Level   string `json:"level"`
		Message string `json:"msg"`
		API     string `json:"addr"`
		Admin   string `json:"admin_addr"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Errorf("the log has a line that is not JSON: %s", text)
	}
	if secret := findSecret(string(text)); secret != "" {
		t.Errorf("the log has a secret, %s: %s", secret, text)
	}
	p.mu.Lock()
	p.said[line.Message]++
	p.mu.Unlock()
	switch {
	case line.Message == "serving":
		p.api, p.admin = "http://"+line.API, "http://"+line.Admin
	case line.Message == "operation":
		p.operations = append(p.operations, line.operationLine)
	case line.Level == "ERROR":
		p.faults = append(p.faults, string(text))
	}
}

// logCount returns how many log lines have a message.
func (p *serveProcess) logCount(message string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said[message]
}

// secrets matches what must not be in a log.
var secrets = map[string]*regexp.Regexp{
	"a password":              regexp.MustCompile(demoPassword + `|pgtdbpass`),
	"the hash of a password":  regexp.MustCompile(`\$argon2id\$`),
	"an access token":         regexp.MustCompile(`eyJ[\w-]{10}|Bearer [\w-]`),
	"a refresh token":         regexp.MustCompile(`\bart_[\w-]{20}`),
	"the secret of a partner": regexp.MustCompile(`\baps_[\w-]{20}`),
	"the secret of the nodes": regexp.MustCompile(testSecret),
}

// findSecret returns the name of a secret in the text, or "". It checks the logs of all nodes.
func findSecret(text string) string {
	for name, form := range secrets {
		if form.MatchString(text) {
			return name
		}
	}
	return ""
}

// testSecret is the AISLE_SECRET of the nodes that tests start.
var testSecret = strings.Repeat("s", 32)

// address returns host:port of the API.
func (p *serveProcess) address() string { return strings.TrimPrefix(p.api, "http://") }

// stop sends SIGTERM. The process must exit with status 0.
func (p *serveProcess) stop(t *testing.T) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	p.reading.Wait()
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// kill sends SIGKILL and waits.
func (p *serveProcess) kill() {
	_ = p.Process.Kill()
	p.reading.Wait()
	_ = p.Wait()
}

// ask sends a document and returns the body of the response. The token may be empty.
func (p *serveProcess) ask(t *testing.T, token, document string) string {
	t.Helper()
	response := p.post(t, token, "application/json", document)
	defer response.Body.Close()
	answer := json.RawMessage{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// post sends a document and returns the response.
func (p *serveProcess) post(t *testing.T, token, accept, document string) *http.Response {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.api+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
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

func TestServeIsReadyAndStopsOnSIGTERM(t *testing.T) {
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

	node.stop(t)
}

// A node does not need Redis to start.
func TestServeStartsWithoutRedis(t *testing.T) {
	t.Parallel()
	node := startServe(t, "redis://127.0.0.1:1")
	defer node.stop(t)

	if got := status(t, node.api+"/readyz"); got != http.StatusOK {
		t.Errorf("status %s", strconv.Itoa(got))
	}
}

// Only `aisle dev` has the demo accounts and settings.
func TestServeHasNoDemo(t *testing.T) {
	t.Parallel()
	node := startServe(t, "redis://127.0.0.1:1")
	defer node.stop(t)
	signIn := node.ask(t, "", `mutation { signIn(input: {login: "admin", password: "aisle-demo"}) { session { accessToken } userErrors { code } } }`)
	if !strings.Contains(signIn, "BAD_CREDENTIALS") || strings.Contains(signIn, "statements") {
		t.Errorf("got %s", signIn)
	}
	if got := node.ask(t, "", `{ __schema { types { name } } }`); strings.Contains(got, `"Query"`) {
		t.Errorf("anonymous viewers can read the schema: %s", got)
	}
}

func TestServeRefusesAnUnmigratedDatabase(t *testing.T) {
	t.Setenv("AISLE_DATABASE_URL", os.Getenv(pgtest.Variable)) // the database postgres, which has no migrations

	code, _, notes := run(t, "serve", "--redis-url", "redis://127.0.0.1:1", "--secret", strings.Repeat("s", 32))

	if code != 1 || !strings.Contains(notes, "aisle migrate up") {
		t.Errorf("status %d: %s", code, notes)
	}
}

// findSecret finds each kind of secret.
func TestFindSecret(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`{"error":"password authentication failed: pgtdbpass"}`, `{"login":"a","password":"aisle-demo"}`,
		`{"hash":"$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"}`, `{"header":"Bearer x"}`, `{"token":"eyJhbGciOiJFZERTQSJ9.e30.x"}`,
		`{"token":"art_01234567890123456789"}`, `{"secret":"aps_01234567890123456789"}`, `{"secret":"` + testSecret + `"}`,
	} {
		if findSecret(line) == "" {
			t.Errorf("no secret is found in %s", line)
		}
	}
	if name := findSecret(`{"msg":"restart_of_something","restarted_at":"2026-01-01","operation":"start_task_0123456789"}`); name != "" {
		t.Errorf("%s is found in a line without secrets", name)
	}
}
