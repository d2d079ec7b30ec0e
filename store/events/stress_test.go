package events

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

// A stressChild is one of the processes.
type stressChild struct {
	*exec.Cmd

	in     io.WriteCloser
	out    *json.Decoder
	stderr bytes.Buffer
}

func startChild(t *testing.T, ctx context.Context, p stressPlan) *stressChild { //nolint:revive // the test comes first
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	c := &stressChild{Cmd: exec.CommandContext(ctx, os.Args[0])}
	c.Env = append(os.Environ(), stressPlanVariable+"="+string(text))
	c.Stderr = &c.stderr
	if c.in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = json.NewDecoder(bufio.NewReader(out))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// A storedEvent is an event in the table.
type storedEvent struct {
	store.Position
	taskVersion

	Store uuid.UUID
	Type  store.EventType
}

func readStoredEvents(t *testing.T, pool *postgres.Pool) (list []storedEvent) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT xid, seq, store_id, type, data FROM events.event ORDER BY xid, seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var w storedEvent
		if err := rows.Scan(&w.XID, &w.Seq, &w.Store, &w.Type, &w.taskVersion); err != nil {
			t.Fatal(err)
		}
		list = append(list, w)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// seedVariable sets the seed, to repeat a run.
const seedVariable = "AISLE_TEST_SEED"

func stressSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedVariable, seed)
	return seed
}

// Writers in two processes hold their transactions open, so that they commit out of order, and roll some back. Every
// subscriber (live, late, slow, restarting) gets each committed event once, in the same order, with the versions of a task
// in order, and nothing else.
func TestStress(t *testing.T) {
	seed := stressSeed(t)
	url := pgtest.New(t)
	pool, server := openPool(t, url), newRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p := stressPlan{
		DatabaseURL: url, RedisURL: server.url(), Seed: seed, Writers: 16, Writing: 4 * time.Second, Rate: 650, Timeout: time.Minute,
	}
	if _, err := pool.Exec(ctx, "CREATE TABLE task (id uuid PRIMARY KEY, version integer NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	for n := range 32 {
		p.Stores = append(p.Stores, uuid.UUID{0: 1, 1: byte(n)})
		for task := range tasksOfStore {
			if _, err := pool.Exec(ctx, "INSERT INTO task VALUES ($1, 0)", taskOf(p.Stores[n], task)); err != nil {
				t.Fatal(err)
			}
		}
	}
	children := make([]*stressChild, 2)
	for i := range children {
		children[i] = startChild(t, ctx, p)
		p.Seed++
	}

	sum, err := collectResults(children, func() store.Position { list := readStoredEvents(t, pool); return list[len(list)-1].Position })
	if err != nil {
		t.Fatal(err)
	}

	list := readStoredEvents(t, pool)
	checkWrites(t, list, sum.wrote)
	disorder := 0
	for i := range list[1:] {
		if list[i+1].Seq < list[i].Seq {
			disorder++
		}
	}
	t.Logf("%d events, %.0f a second, %d after one with a higher number, %d rolled back, %d subscribers",
		len(list), float64(len(list))/p.Writing.Seconds(), disorder, len(sum.wrote.RolledBack), len(sum.saw))
	if disorder == 0 || len(sum.wrote.RolledBack) == 0 || len(sum.saw) < 20 {
		t.Error("the run produced too few rollbacks, reorderings or subscribers")
	}
	for _, s := range sum.saw {
		checkReads(t, list, s)
	}
}

// A stressResult has the reports of all processes.
type stressResult struct {
	wrote writeReport
	saw   []*readReport
}

// collectResults lets the processes finish and collects their reports.
func collectResults(children []*stressChild, end func() store.Position) (all stressResult, err error) {
	fail := func(c *stressChild, err error) error {
		_ = c.Process.Kill()
		_ = c.Wait()
		return fmt.Errorf("%w\n%s", err, c.stderr.String())
	}
	for _, c := range children {
		var w writeReport
		if err := c.out.Decode(&w); err != nil {
			return all, fail(c, err)
		}
		all.wrote.Committed = append(all.wrote.Committed, w.Committed...)
		all.wrote.RolledBack = append(all.wrote.RolledBack, w.RolledBack...)
	}
	last := end()
	for _, c := range children {
		if err := json.NewEncoder(c.in).Encode(last); err != nil {
			return all, fail(c, err)
		}
	}
	for _, c := range children {
		var list []*readReport
		if err := c.out.Decode(&list); err != nil {
			return all, fail(c, err)
		}
		all.saw = append(all.saw, list...)
		if err := c.Wait(); err != nil {
			return all, fail(c, err)
		}
	}
	return all, nil
}

// checkWrites compares the table with the writers' reports.
func checkWrites(t *testing.T, list []storedEvent, w writeReport) {
	t.Helper()
	seqs := make([]int64, len(list))
	versions := map[uuid.UUID]int{}
	for i, e := range list {
		seqs[i] = e.Seq
		versions[e.Task]++
		if versions[e.Task] != e.Version {
			t.Fatalf("version %d of task %s where %d was expected", e.Version, e.Task, versions[e.Task])
		}
	}
	slices.Sort(seqs)
	slices.Sort(w.Committed)
	if !slices.Equal(seqs, w.Committed) {
		t.Errorf("%d events are in the table, %d were committed", len(seqs), len(w.Committed))
	}
}

// checkReads compares a subscriber's report with the table.
func checkReads(t *testing.T, list []storedEvent, s *readReport) {
	t.Helper()
	var want []store.Position
	var tasks []taskVersion
	for _, e := range list {
		if s.After.Before(e.Position) && (s.Stores == nil || slices.Contains(s.Stores, e.Store)) && (s.Types == nil || slices.Contains(s.Types, e.Type)) {
			want, tasks = append(want, e.Position), append(tasks, e.taskVersion)
		}
	}
	if !slices.Equal(s.Events, want) || !slices.Equal(s.Tasks, tasks) {
		i := 0
		for i < min(len(want), len(s.Events)) && want[i] == s.Events[i] {
			i++
		}
		t.Errorf("%s got %d events, want the %d after %v; they differ at %d", s.Name, len(s.Events), len(want), s.After, i)
	}
}
