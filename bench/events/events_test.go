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

// commandVariable makes this test binary the server's program.
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

// How good the figures are depends on the machine, which is busy with other tests. That there are some does not.
func TestASmallRunMeasuresAllFigures(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	t.Setenv(commandVariable, "1")
	o := options{
		Aisle: os.Args[0], Many: 50, PerSocket: 5, Few: 10, Rate: 100, Rows: 10, For: time.Second / 2, Single: 1, Stores: 2,
		Profiles: t.TempDir(),
	}

	figures, err := measure(t.Context(), o, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	show(&table, figures)
	for _, want := range []string{
		"events committed a second", "99th percentile", "50 on 50 sockets: memory", "50 on 10 sockets: memory",
		"commit to the last of all", "statements for 1 events",
	} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("there is no figure of %q in\n%s", want, table.String())
		}
	}
	if profiles, err := os.ReadDir(o.Profiles); err != nil || len(profiles) != 5 {
		t.Errorf("there are %d profiles, %v", len(profiles), err)
	}
}

func TestAFigureThatIsNotReachedIsMissed(t *testing.T) {
	o := options{Many: 2, Few: 1, Rate: 100, Single: 1}
	quick, slow := []time.Duration{time.Millisecond}, []time.Duration{time.Minute}
	good := many{2, memory{}, memory{resident: 120_000}, 10, quick}
	for name, f := range map[string]struct {
		figures []figure
		missed  string // of the figure
	}{
		"all is well":          {append(few{rate: 99, latencies: quick, answers: quick}.figures(o), good.figures(o, 10)...), ""},
		"too few were sent":    {few{rate: 90, latencies: quick, answers: quick}.figures(o), "events committed a second"},
		"late":                 {few{rate: 100, latencies: slow, answers: quick}.figures(o), "99th percentile"},
		"too much memory":      {many{2, memory{}, memory{resident: 121_000}, 10, quick}.figures(o, 10), "memory of each"},
		"late for the last":    {many{2, memory{}, memory{}, 10, slow}.figures(o, 10), "commit to the last"},
		"a statement for each": {many{2, memory{}, memory{}, 12, quick}.figures(o, 10), "statements"},
	} {
		var missed []string
		for _, line := range f.figures {
			if line.missed() {
				missed = append(missed, line.name)
			}
		}
		if len(missed) > 1 || (f.missed != "") != (len(missed) == 1) || !strings.Contains(strings.Join(missed, ""), f.missed) {
			t.Errorf("%s: missed are %q", name, missed)
		}
	}
}

func TestEventsAreFoundInMessages(t *testing.T) {
	at := store.Position{XID: 7, Seq: 9}
	for name, c := range map[string]struct {
		message string
		is      bool
	}{
		"event": {`{"id":"12","type":"next","payload":{"data":{"events":{"id":"event_1","cursor":"` + at.String() + `"}}}}`, true},
		"error": {`{"id":"12","type":"error","payload":[{"message":"no"}]}`, false},
		"pong":  {`{"type":"pong"}`, false},
	} {
		who, of, err := eventIn([]byte(c.message))

		if is := err == nil; is != c.is || is && (who != 12 || of != at) {
			t.Errorf("%s: %d, %v, %v", name, who, of, err)
		}
	}
}
