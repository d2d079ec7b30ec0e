package system_test

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A devProcess is a running `aisle dev` in a process group of its own.
type devProcess struct {
	*exec.Cmd

	url, metrics, curl string
	notes              *bytes.Buffer
}

// startDev starts `aisle dev` on a data folder and waits until it has printed its address.
func startDev(t *testing.T, data string) *devProcess {
	t.Helper()
	p := &devProcess{notes: &bytes.Buffer{}}
	p.Cmd = exec.CommandContext(t.Context(), os.Args[0], "dev", "--data", data, "--stores", "2", "--port", "0")
	p.Env = append(os.Environ(), commandVariable+"=1")
	p.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.Stderr = p.notes
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && p.curl == "" {
		if m := regexp.MustCompile(`API +(\S+)/graphql`).FindStringSubmatch(lines.Text()); m != nil {
			p.url = m[1]
		}
		if m := regexp.MustCompile(`Metrics +(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			p.metrics = m[1]
		}
		if line := strings.TrimSpace(lines.Text()); strings.HasPrefix(line, "curl ") {
			p.curl = line
		}
	}
	if p.curl == "" {
		_ = p.Wait()
		t.Fatalf("it did not start: %s", p.notes)
	}
	return p
}

// signal sends a signal to the whole group, as Ctrl-C does.
func (p *devProcess) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(-p.Process.Pid, s); err != nil {
		t.Fatal(err)
	}
}

// interrupt sends SIGINT. The process must exit with status 0.
func (p *devProcess) interrupt(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, p.notes)
	}
	if secret := findSecret(p.notes.String()); secret != "" {
		t.Errorf("the log has a secret, %s: %s", secret, p.notes)
	}
}

func (p *devProcess) livez(t *testing.T) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/livez", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// clusterProcesses lists the PostgreSQL processes of a data folder.
func clusterProcesses(t *testing.T, data string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "pid=,args=").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, filepath.Join(data, "postgres")) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return strings.Join(found, "\n")
}

// dataFolder makes a temporary folder that PostgreSQL's user can enter.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "aisle-dev-") //nolint:usetesting // nobody else can enter the folders that it makes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// devTemplate is a data folder that `aisle dev` has created. Tests start on copies of it.
var devTemplate struct {
	once sync.Once
	data string // empty if it could not be created
}

func removeDevTemplate() {
	if devTemplate.data != "" {
		_ = os.RemoveAll(devTemplate.data)
	}
}

// newDevData returns a copy of devTemplate.
func newDevData(t *testing.T) string {
	t.Helper()
	devTemplate.once.Do(func() {
		dir, err := os.MkdirTemp("", "aisle-dev-") //nolint:usetesting // TestMain removes it
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		startDev(t, dir).interrupt(t)
		devTemplate.data = dir
	})
	if devTemplate.data == "" {
		t.Fatal("the template data folder could not be created")
	}
	data := dataFolder(t)
	if out, err := exec.CommandContext(t.Context(), "cp", "-Rp", devTemplate.data+"/.", data).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return data
}

func TestDevStartsStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)

	first := startDev(t, data)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", first.curl).Output()
	if err != nil || !strings.Contains(string(out), `"role":"STORE_MANAGER"`) {
		t.Errorf("the printed curl command returned %s, %v", out, err)
	}
	first.interrupt(t)
	if left := clusterProcesses(t, data); left != "" {
		t.Errorf("processes still run: %s", left)
	}

	const tries, most = 5, 3 * time.Second // the machine may be busy
	took := most + 1
	for i := 0; i < tries && took > most; i++ {
		began := time.Now()
		again := startDev(t, data)
		if status := again.livez(t); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
		took = time.Since(began)
		again.interrupt(t)
	}
	if took > most {
		t.Errorf("the last of %d further starts took %v", tries, took)
	}
}

func TestDevGivesETags(t *testing.T) {
	t.Parallel()
	dev := startDev(t, newDevData(t))
	defer dev.interrupt(t)
	c := newCaller(t, dev.url, "associate.1")
	if err := c.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}

	got, err := c.home(t.Context(), &serveProcess{api: dev.url}, "")

	if err != nil || got.etag == "" {
		t.Errorf("no ETag: status %d, %v", got.status, err)
	}
}

func TestDevStartsAfterAKillOfTheWholeGroup(t *testing.T) {
	t.Parallel()
	data := newDevData(t)
	killed := startDev(t, data)
	killed.signal(t, syscall.SIGKILL)
	_ = killed.Wait()

	again := startDev(t, data)

	if status := again.livez(t); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	again.interrupt(t)
	if left := clusterProcesses(t, data); left != "" {
		t.Errorf("processes still run: %s", left)
	}
}

func TestTwoDevsRunSideBySide(t *testing.T) {
	t.Parallel()
	one, other := startDev(t, newDevData(t)), startDev(t, newDevData(t))

	if one.livez(t) != http.StatusOK || other.livez(t) != http.StatusOK {
		t.Error("one of them does not respond")
	}
	one.interrupt(t)
	other.interrupt(t)
}

func TestSecondDevOnTheSameDataIsRefused(t *testing.T) {
	t.Parallel()
	data := newDevData(t)
	first := startDev(t, data)
	defer first.interrupt(t)

	status, _, notes := run(t, "dev", "--data", data, "--port", "0")

	if status != 1 || !strings.Contains(notes, "another") {
		t.Errorf("status %d: %s", status, notes)
	}
}

// Runs the browser tests and the GraphQL over HTTP audit against `aisle dev`.
func TestDevPassesBrowserTestsAndHTTPAudit(t *testing.T) { //nolint:tparallel // one after the other on one node
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("node is not installed")
	}
	dev := startDev(t, newDevData(t))
	defer dev.interrupt(t)
	for name, command := range map[string][]string{
		"page":  {"node", "--test", "--test-reporter=tap", "graphiql.test.mjs"},
		"audit": {"node", "audit.mjs", dev.url + "/graphql"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			node := exec.CommandContext(ctx, command[0], command[1:]...)
			node.Dir = filepath.Join("..", "..", "e2e")
			node.Env = append(os.Environ(), "AISLE_URL="+dev.url, "AISLE_METRICS_URL="+dev.metrics)
			if out, err := node.CombinedOutput(); err != nil {
				t.Errorf("%v (are the packages installed? npm --prefix e2e ci)\n%s", err, out)
			}
		})
	}
}
