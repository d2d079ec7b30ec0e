package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aisle/app"
	"aisle/store"
)

// commandVariable makes this test binary run as the server program.
const commandVariable = "AISLE_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(status)
	}
	goleak.VerifyTestMain(m)
}

// The values depend on the machine, which runs other tests, too. Only their presence is checked.
func TestSmallRunMeasuresAllResults(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	t.Setenv(commandVariable, "1")
	o := options{
		Aisle: os.Args[0], Many: 50, PerSocket: 5, Few: 10, Rate: 100, Rows: 10, For: time.Second / 2, Single: 1, Stores: 2,
		Profiles: t.TempDir(),
	}

	results, err := measure(t.Context(), o, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	printResults(&table, results)
	for _, want := range []string{
		"events committed per second", "99th percentile", "50 on 50 sockets: memory", "50 on 10 sockets: memory",
		"commit to the last receipt", "SQL statements for 1 events",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no result %q in\n%s", want, table.String())
		}
	}
	if profiles, err := os.ReadDir(o.Profiles); err != nil || len(profiles) != 5 {
		t.Errorf("there are %d profiles, %v", len(profiles), err)
	}
}

func TestMissedTargetsAreReported(t *testing.T) {
	o := options{Many: 2, Few: 1, Rate: 100, Single: 1}
	quick, slow := []time.Duration{time.Millisecond}, []time.Duration{time.Minute}
	good := manyResult{2, memory{}, memory{resident: 120_000}, 10, quick}
	for name, f := range map[string]struct {
		results []result
		failed  string // name of the result
	}{
		"all is well":          {append(fewResult{rate: 99, latencies: quick, responseTimes: quick}.results(o), good.results(o, 10)...), ""},
		"too few were sent":    {fewResult{rate: 90, latencies: quick, responseTimes: quick}.results(o), "events committed per second"},
		"late":                 {fewResult{rate: 100, latencies: slow, responseTimes: quick}.results(o), "99th percentile"},
		"too much memory":      {manyResult{2, memory{}, memory{resident: 121_000}, 10, quick}.results(o, 10), "memory per subscription"},
		"late for the last":    {manyResult{2, memory{}, memory{}, 10, slow}.results(o, 10), "commit to the last"},
		"a statement for each": {manyResult{2, memory{}, memory{}, 12, quick}.results(o, 10), "statements"},
	} {
		var failed []string
		for _, line := range f.results {
			if line.failed() {
				failed = append(failed, line.name)
			}
		}
		if len(failed) > 1 || (f.failed != "") != (len(failed) == 1) || !strings.Contains(strings.Join(failed, ""), f.failed) {
			t.Errorf("%s: missed targets: %q", name, failed)
		}
	}
}

func TestParseEvent(t *testing.T) {
	at := store.Position{XID: 7, Seq: 9}
	for name, c := range map[string]struct {
		message string
		is      bool
	}{
		"event": {`{"id":"12","type":"next","payload":{"data":{"events":{"id":"event_1","cursor":"` + at.String() + `"}}}}`, true},
		"error": {`{"id":"12","type":"error","payload":[{"message":"no"}]}`, false},
		"pong":  {`{"type":"pong"}`, false},
	} {
		index, position, err := parseEvent([]byte(c.message))

		if is := err == nil; is != c.is || is && (index != 12 || position != at) {
			t.Errorf("%s: %d, %v, %v", name, index, position, err)
		}
	}
}
