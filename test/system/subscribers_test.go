package system_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// follower is a subscription of a real client.
type follower struct {
	Name      string `json:"name"`
	Transport string `json:"transport"` // ws or sse
	Query     string `json:"query"`
	Variables input  `json:"variables"`
}

// inAllWays follows a store's events as the app does, and all events as partners do, with both clients.
func inAllWays(storeID, after string) []follower {
	var list []follower
	for _, transport := range []string{"ws", "sse"} {
		list = append(list,
			follower{"store over " + transport, transport, document("StoreEvents"), input{"storeId": storeID, "after": after}},
			follower{"chain over " + transport, transport, document("PartnerEvents"), input{"after": after}})
	}
	return list
}

// report is a line of e2e/follow.mjs.
type report struct {
	Name    string    `json:"name"`
	Event   *happened `json:"event"`
	Closed  int       `json:"closed"`  // the code that a socket was closed with
	Cut     bool      `json:"cut"`     // an event stream ended without an answer
	Refused []string  `json:"refused"` // the codes of errors
	Reason  string    `json:"reason"`
	Failed  string    `json:"failed"` // it cannot go on

	at time.Time // when it was read
}

// followers are real clients at work: e2e/follow.mjs.
type followers struct {
	list []follower

	mu      sync.Mutex
	reports map[string][]report // by follower
	failed  string
	changed chan struct{} // closed at the next change
}

// follow starts clients that subscribe as somebody, and go on until the test ends.
func follow(t *testing.T, url, login string, list []follower) *followers {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("node is not installed: the npm clients do not run")
	}
	plan, err := json.Marshal(map[string]any{"url": url + "/graphql", "login": login, "password": demoPassword, "followers": list})
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "follow.mjs")
	node.Dir = filepath.Join("..", "..", "e2e")
	node.Stderr = t.Output()
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	f := &followers{list: list, reports: map[string][]report{}, changed: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() { f.read(out) })
	t.Cleanup(func() {
		_ = in.Close()
		reading.Wait()
		_ = node.Wait()
	})
	if _, err := in.Write(append(plan, '\n')); err != nil {
		t.Fatal(err)
	}
	return f
}

// read notes what the clients report, to their end.
func (f *followers) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var r report
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			r.Failed = err.Error()
		}
		r.at = time.Now()
		f.note(r)
	}
	f.note(report{Failed: "they ended (are the packages there? npm --prefix e2e ci)"})
}

func (f *followers) note(r report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reports[r.Name] = append(f.reports[r.Name], r)
	if r.Failed != "" && f.failed == "" {
		f.failed = r.Name + ": " + r.Failed
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// each waits until it is so for what each follower has reported.
func (f *followers) each(t *testing.T, what string, so func(of follower, reports []report) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		waiting, failed, changed := f.waiting(so)
		switch {
		case failed != "":
			t.Fatalf("the followers failed: %s", failed)
		case waiting == "":
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%s: not in time for %s, after %d reports", what, waiting, f.count(waiting))
		}
	}
}

// waiting is the first follower for which it is not so.
func (f *followers) waiting(so func(follower, []report) bool) (name, failed string, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		if !so(one, f.reports[one.Name]) {
			return one.Name, f.failed, f.changed
		}
	}
	return "", f.failed, f.changed
}

func (f *followers) count(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.reports[name])
}

// events are those among the reports.
func events(reports []report) (list []happened) {
	for _, r := range reports {
		if r.Event != nil {
			list = append(list, *r.Event)
		}
	}
	return list
}

// see waits until each follower has seen what happened in its store, or in the chain, to the end: each event once, in
// the order of the log.
func (f *followers) see(t *testing.T, store, chain []happened) {
	t.Helper()
	of := func(one follower) []happened {
		if _, ok := one.Variables["storeId"]; ok {
			return store
		}
		return chain
	}
	f.each(t, "the last event", func(one follower, reports []report) bool {
		want := of(one)
		return slices.Contains(events(reports), want[len(want)-1])
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.list {
		seen, want := events(f.reports[one.Name]), of(one)
		if !slices.Equal(seen, want) {
			at := 0
			for at < min(len(seen), len(want)) && seen[at] == want[at] {
				at++
			}
			t.Errorf("%s saw %d events, not the %d that there are: they part at %d", one.Name, len(seen), len(want), at)
		}
	}
}
