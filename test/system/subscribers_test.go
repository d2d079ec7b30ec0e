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

// A follower is a subscription of an npm client.
type follower struct {
	Name      string `json:"name"`
	Transport string `json:"transport"` // ws or sse
	Query     string `json:"query"`
	Variables input  `json:"variables"`
}

// allTransports returns followers of a store's events and of all events, over WebSocket and Server-Sent Events.
func allTransports(storeID, after string) []follower {
	var list []follower
	for _, transport := range []string{"ws", "sse"} {
		list = append(list,
			follower{"store over " + transport, transport, document("StoreEvents"), input{"storeId": storeID, "after": after}},
			follower{"chain over " + transport, transport, document("PartnerEvents"), input{"after": after}})
	}
	return list
}

// A report is a line of output of e2e/follow.mjs.
type report struct {
	Name    string    `json:"name"`
	Event   *eventRow `json:"event"`
	Closed  int       `json:"closed"`  // the close code of a WebSocket
	Cut     bool      `json:"cut"`     // an event stream ended without a complete event
	Refused []string  `json:"refused"` // error codes
	Reason  string    `json:"reason"`
	Failed  string    `json:"failed"` // why it cannot continue

	at time.Time // when it was read
}

// followers runs npm clients (e2e/follow.mjs) and collects their reports.
type followers struct {
	list []follower

	mu      sync.Mutex
	reports map[string][]report // by follower
	failed  string
	changed chan struct{} // closed at the next change
}

// follow starts clients that subscribe as the given login until the test ends.
func follow(t *testing.T, url, login string, list []follower) *followers {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("node is not installed")
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

// read collects the reports until the clients end.
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
	f.note(report{Failed: "the clients ended (are the packages installed? npm --prefix e2e ci)"})
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

// waitForEach waits until the reports of each follower meet the condition.
func (f *followers) waitForEach(t *testing.T, what string, so func(of follower, reports []report) bool) {
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
			t.Fatalf("%s: timed out for %s, after %d reports", what, waiting, f.count(waiting))
		}
	}
}

// waiting returns the name of the first follower that does not meet the condition.
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

// events returns the events of the reports.
func events(reports []report) (list []eventRow) {
	for _, r := range reports {
		if r.Event != nil {
			list = append(list, *r.Event)
		}
	}
	return list
}

// checkEvents waits until each follower has received the last event of its store or of the chain, and checks that it received each
// event once, in the order of the log.
func (f *followers) checkEvents(t *testing.T, store, chain []eventRow) {
	t.Helper()
	of := func(one follower) []eventRow {
		if _, ok := one.Variables["storeId"]; ok {
			return store
		}
		return chain
	}
	f.waitForEach(t, "the last event", func(one follower, reports []report) bool {
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
			t.Errorf("%s received %d events, want %d; the first difference is at %d", one.Name, len(seen), len(want), at)
		}
	}
}
