package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aisle/app"
	"aisle/store"
)

// commandVariable makes this test binary run as the server program or as a peer.
const commandVariable = "AISLE_TEST_COMMAND"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(commandVariable) == "":
		goleak.VerifyTestMain(m)
	case os.Args[1] == "baseline" || os.Args[1] == "unbatched":
		main()
	default:
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(status)
	}
}

// small returns options for a short run. The values depend on the machine, which runs other tests, too.
func small(t *testing.T) measureCommand {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc: what needs the CPU times of the kernel does not run")
	}
	t.Setenv(commandVariable, "1")
	return measureCommand{
		Aisle: os.Args[0], Results: filepath.Join(t.TempDir(), "RESULTS.md"), Stores: 4, People: 2, Connections: 4,
		Warm: time.Second / 10, For: time.Second, GoOnly: true,
	}
}

func TestSmallRunMeasuresAllPeersInGo(t *testing.T) {
	c := small(t)

	found, err := c.measure(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if err := found.write(c.Results); err != nil {
		t.Fatal(err)
	}

	for _, k := range c.peerKinds() {
		for _, workload := range k.workloads {
			wasMeasured := false
			for _, row := range found.of(workload) {
				wasMeasured = wasMeasured || row.peer == k.name && (row.reason != "" || row.responses > 0)
			}
			if !wasMeasured {
				t.Errorf("%s was not measured with %q", k.name, workload)
			}
		}
	}
	page, err := os.ReadFile(c.Results)
	if err != nil || !strings.Contains(string(page), "| one SQL statement |") {
		t.Errorf("the page is %s, %v", page, err)
	}
}

func TestGrowthMeasuresAChain(t *testing.T) {
	c := growthCommand{small(t), []int{1}}

	found, err := c.measure(t.Context(), t.Output())

	if err != nil || len(found) != 1 || found[0].stores != 1 || found[0].cost() <= 0 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestWriteKeepsTheSectionAboutGrowth(t *testing.T) {
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	if err := os.WriteFile(file, []byte("outdated\n\n"+growthTitle+"\nkept\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	if err := (&results{}).write(file); err != nil {
		t.Fatal(err)
	}

	page, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(page), "outdated") || !strings.HasSuffix(string(page), growthTitle+"\nkept\n") {
		t.Errorf("the page is %s, %v", page, err)
	}
}

func TestCheckEqual(t *testing.T) {
	const of = `{"data":{"viewer":{"id":"0191df4b-d698-7f1e-8ff9-46a1aca982e2","store":{"address":{"city":"Baxley"},"unfinishedTaskCount":3,"overdueTaskCount":1,` +
		`"tasks":{"edges":[{"cursor":"x","node":{"dueAt":"2026-11-23T14:40:00+00:00"}}]}}}}}`
	person := uuid.MustParse("0191df4b-d698-7f1e-8ff9-46a1aca982e2")
	viewer, employee := store.GlobalID("viewer", person), store.GlobalID("employee", person)
	for name, c := range map[string]struct {
		response string
		equal    bool
	}{
		"Aisle": {`{"data":{"viewer":{"id":"` + viewer + `","employee":{"id":"` + employee + `"},"store":{"eventCursor":"p","address":{"city":"Baxley"},"unfinishedTaskCount":3,"overdueTaskCount":1,` +
			`"tasks":{"edges":[{"cursor":"y","node":{"dueAt":"2026-11-23T14:40:00Z"}}]}}}},"extensions":{"cost":1}}`, true},
		"PostGraphile": {`{"data":{"viewer":{"id":"0191df4b-d698-7f1e-8ff9-46a1aca982e2","store":{"city":"Baxley","overdue":{"overdueTaskCount":1},` +
			`"tasks":{"unfinishedTaskCount":3,"edges":[{"cursor":"z","node":{"dueAt":"2026-11-23T14:40:00.000000+00:00"}}]}}}}}`, true},
		"another count":   {strings.Replace(of, `Count":3`, `Count":4`, 1), false},
		"another city":    {strings.Replace(of, "Baxley", "Bagley", 1), false},
		"another person":  {strings.Replace(of, "82e2", "82e3", 1), false},
		"another instant": {strings.Replace(of, "14:40", "14:41", 1), false},
		"a missing field": {strings.Replace(of, `"unfinishedTaskCount":3,`, "", 1), false},
		"another field":   {strings.Replace(of, `"unfinishedTaskCount":3,`, `"unfinishedTaskCount":3,"name":"n",`, 1), false},
		"no cursor":       {strings.Replace(of, `"cursor":"x"`, `"cursor":""`, 1), false},
	} {
		if err := checkEqual([]byte(c.response), []byte(of)); (err == nil) != c.equal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRoundTripReadsResponses(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		status int
		etag   string
		body   string
	}{
		"length":      {"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, "", "hello"},
		"chunks":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 200, "", "hello!"},
		"not changed": {"HTTP/1.1 304 Not Modified\r\nEtag: \"a\"\r\n\r\n", 304, `"a"`, ""},
	} {
		client, server := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := server.Read(make([]byte, 1)); err == nil {
				_, _ = server.Write([]byte(c.text))
			}
			_ = server.Close()
		}()
		l := &httpConn{conn: client, in: bufio.NewReader(client)}

		got, err := l.roundTrip([]byte("x"))

		l.close()
		<-done
		if err != nil || got.status != c.status || got.etag != c.etag || string(got.body) != c.body {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestIsSuccess(t *testing.T) {
	for body, want := range map[string]bool{
		`{"data":{"viewer":{}}}`:     true,
		`{"data" : {"viewer" : {}}}`: true,
		``:                           true,
		`{"errors":[{"message":"no"}],"data":null}`:                           false,
		`{"data":{"viewer":null},"errors":[{"message":"no"}]}`:                false,
		`{"data":{"completeTask":{"task":null,"userErrors":[{"code":"X"}]}}}`: false,
	} {
		if got := isSuccess(response{body: []byte(body)}); got != want {
			t.Errorf("%s: %v", body, got)
		}
	}
}

func TestSumTreeIncludesDescendants(t *testing.T) {
	all := map[int]process{}
	for _, text := range []string{
		"10 (post (gres) S 1 0 0 0 0 0 0 0 0 0 100 20 3 4 0",
		"11 (a b) S 10 0 0 0 0 0 0 0 0 0 5 6 0 0 0",
		"12 (other) S 1 0 0 0 0 0 0 0 0 0 50 60 0 0 0",
	} {
		id, p, err := parseProcess([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all[id] = p
	}

	if got, want := sumTree(all, 10), 1380*time.Millisecond; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRatiosReferToTheMeanOfPostGraphile(t *testing.T) {
	rows := []row{}
	for _, r := range []struct {
		peer    string
		answers int
	}{{postgraphile, 100}, {aisle, 300}, {postgraphile, 200}} {
		rows = append(rows, row{peer: r.peer, measurement: measurement{responses: r.answers, took: time.Second, latencies: []time.Duration{1}}})
	}
	var text bytes.Buffer
	for _, line := range table(rows) {
		text.WriteString(line[0] + " " + line[2] + "\n")
	}

	if want := "PostGraphile 0.67\nAisle 2.00\nPostGraphile 1.33\n"; text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}

func TestTargetsAreReachedOrNot(t *testing.T) {
	r := &results{}
	for _, m := range []struct {
		peer, workload string
		answers        int
		latency        time.Duration
	}{
		{postgraphile, home, 100, 1},
		{aisle, home, 90, 1}, // the mean with the next row reaches the target
		{aisle, home, 110, 1},
		{postgraphile, polling, 100, 1},
		{aisle, polling, 999, 1},
		{empty, revalidate, 100, 1},
		{aisle, revalidate, 50, 1},
		{postgraphile, offered, 1, 3},
		{mercurius, offered, 1, 2},
		{singleStatement, offered, 1, 1},
		{aisle, offered, 1, 2},
	} {
		r.add(m.peer, m.workload, measurement{responses: m.answers, took: time.Second, latencies: []time.Duration{m.latency}})
	}
	got := map[string]string{}
	for _, line := range r.targets() {
		got[line[0]] = line[3]
	}

	for workload, want := range map[string]string{
		home: "reached", polling: "not reached", revalidate: "reached", board: "", complete: "", offered: "not reached",
	} {
		if got[workload] != want {
			t.Errorf("%s: %q, want %q", workload, got[workload], want)
		}
	}
}
