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

// child is one of the processes.
type child struct {
	*exec.Cmd

	in    io.WriteCloser
	out   *json.Decoder
	notes bytes.Buffer
}

func startChild(t *testing.T, ctx context.Context, p plan) *child { //nolint:revive // the test comes first
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.CommandContext(ctx, os.Args[0])}
	c.Env = append(os.Environ(), tortureVariable+"="+string(text))
	c.Stderr = &c.notes
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

// written is an event as the table has it in the end.
type written struct {
	store.Position
	taskVersion

	Store uuid.UUID
	Type  store.EventType
}

func readAll(t *testing.T, pool *postgres.Pool) (list []written) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT xid, seq, store_id, type, data FROM events.event ORDER BY xid, seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var w written
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

// seedVariable repeats a torture.
const seedVariable = "AISLE_TEST_SEED"

func tortureSeed(t *testing.T) uint64 {
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

// Writers in two processes hold their transactions open, so that they commit out of order, and roll some back. Each
// subscriber of both, live, late, slow or restarting, sees every committed event once, all in the same order, the
// versions of a task in order, and nothing else.
func TestTorture(t *testing.T) {
	seed := tortureSeed(t)
	url := pgtest.New(t)
	pool, server := openPool(t, url), newRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p := plan{
		DatabaseURL: url, RedisURL: server.url(), Seed: seed, Writers: 16, Writing: 4 * time.Second, Rate: 650, Patience: time.Minute,
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
	children := make([]*child, 2)
	for i := range children {
		children[i] = startChild(t, ctx, p)
		p.Seed++
	}

	sum, err := finish(children, func() store.Position { list := readAll(t, pool); return list[len(list)-1].Position })
	if err != nil {
		t.Fatal(err)
	}

	list := readAll(t, pool)
	checkWritten(t, list, sum.wrote)
	disorder := 0
	for i := range list[1:] {
		if list[i+1].Seq < list[i].Seq {
			disorder++
		}
	}
	t.Logf("%d events, %.0f a second, %d behind one with a higher number, %d rolled back, %d subscribers",
		len(list), float64(len(list))/p.Writing.Seconds(), disorder, len(sum.wrote.RolledBack), len(sum.saw))
	if disorder == 0 || len(sum.wrote.RolledBack) == 0 || len(sum.saw) < 20 {
		t.Error("this was no torture")
	}
	for _, s := range sum.saw {
		checkSeen(t, list, s)
	}
}

// sum is what all processes say.
type sum struct {
	wrote wrote
	saw   []*saw
}

// finish lets the processes come to their end.
func finish(children []*child, end func() store.Position) (all sum, err error) {
	broken := func(c *child, err error) error {
		_ = c.Process.Kill()
		_ = c.Wait()
		return fmt.Errorf("%w\n%s", err, c.notes.String())
	}
	for _, c := range children {
		var w wrote
		if err := c.out.Decode(&w); err != nil {
			return all, broken(c, err)
		}
		all.wrote.Committed = append(all.wrote.Committed, w.Committed...)
		all.wrote.RolledBack = append(all.wrote.RolledBack, w.RolledBack...)
	}
	last := end()
	for _, c := range children {
		if err := json.NewEncoder(c.in).Encode(last); err != nil {
			return all, broken(c, err)
		}
	}
	for _, c := range children {
		var list []*saw
		if err := c.out.Decode(&list); err != nil {
			return all, broken(c, err)
		}
		all.saw = append(all.saw, list...)
		if err := c.Wait(); err != nil {
			return all, broken(c, err)
		}
	}
	return all, nil
}

// checkWritten holds the table against what the writers say.
func checkWritten(t *testing.T, list []written, w wrote) {
	t.Helper()
	seqs := make([]int64, len(list))
	versions := map[uuid.UUID]int{}
	for i, e := range list {
		seqs[i] = e.Seq
		versions[e.Task]++
		if versions[e.Task] != e.Version {
			t.Fatalf("version %d of task %s is in the place of %d", e.Version, e.Task, versions[e.Task])
		}
	}
	slices.Sort(seqs)
	slices.Sort(w.Committed)
	if !slices.Equal(seqs, w.Committed) {
		t.Errorf("%d events are in the table, %d were committed", len(seqs), len(w.Committed))
	}
}

// checkSeen holds what one subscriber saw against the table.
func checkSeen(t *testing.T, list []written, s *saw) {
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
		t.Errorf("%s saw %d events, not the %d that there were after %v: they part at %d", s.Name, len(s.Events), len(want), s.After, i)
	}
}
