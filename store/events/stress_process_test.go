package events

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/redis"
)

// A stress process writes events for a while and prints a report. The test replies with the position of the last event, which
// the process's subscribers must reach. Then the process prints what each of them read.

// A stressPlan configures one process.
type stressPlan struct {
	DatabaseURL string        `json:"database_url"`
	RedisURL    string        `json:"redis_url"`
	Seed        uint64        `json:"seed"`
	Writers     int           `json:"writers"`
	Stores      []uuid.UUID   `json:"stores"`
	Writing     time.Duration `json:"writing"` // how long it writes
	Rate        int           `json:"rate"`    // events in a second, of all writers
	Timeout     time.Duration `json:"timeout"` // of the whole process
}

// writeReport says what a process wrote.
type writeReport struct {
	Committed  []int64 `json:"committed"` // sequence numbers
	RolledBack []int64 `json:"rolled_back"`
}

// A readReport is what a subscriber read.
type readReport struct {
	Name     string            `json:"name"`
	After    store.Position    `json:"after"` // where it started
	Stores   []uuid.UUID       `json:"stores"`
	Types    []store.EventType `json:"types"`
	Events   []store.Position  `json:"events"`
	Tasks    []taskVersion     `json:"tasks"`
	Restarts int               `json:"restarts"`
}

// taskVersion is the data of an event.
type taskVersion struct {
	Task    uuid.UUID `json:"task"`
	Version int       `json:"version"`
}

// A stressProcess is a running process.
type stressProcess struct {
	stressPlan

	pool        *postgres.Pool
	large, tiny *Log

	mu         sync.Mutex
	wrote      writeReport
	cursors    []store.Position // of the events that the first subscriber saw
	allWritten chan struct{}    // closed when end is known
	end        store.Position   // of the newest event
}

// runStressProcess is the main function of a process.
func runStressProcess(text string) error {
	p := &stressProcess{allWritten: make(chan struct{})}
	if err := json.Unmarshal([]byte(text), &p.stressPlan); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.Timeout)
	defer cancel()
	var err error
	if p.pool, err = postgres.Open(ctx, p.DatabaseURL, postgres.Options{MaxConns: int32(p.Writers + 8)}); err != nil {
		return err
	}
	defer p.pool.Close()
	client, err := redis.NewClient(p.RedisURL)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is written at closing
	config := Config{
		Pool: p.pool, Redis: client, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), CheckpointInterval: 20 * time.Millisecond,
	}
	p.large = NewLog(config)
	config.MaxEvents = 20
	p.tiny = NewLog(config)

	reading, stop := context.WithCancel(ctx)
	defer stop()
	var logs errgroup.Group
	logs.Go(func() error { return p.large.Run(reading) })
	logs.Go(func() error { return p.tiny.Run(reading) })
	list, err := p.readAndWrite(ctx)
	stop()
	if err := errors.Join(err, logs.Wait()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(list)
}

// readAndWrite writes and reads.
func (p *stressProcess) readAndWrite(ctx context.Context) ([]*readReport, error) {
	follow, ctx := errgroup.WithContext(ctx)
	list, err := p.startSubscribers(ctx, follow)
	if err != nil {
		return nil, err
	}
	if err := p.write(ctx, follow, &list); err != nil {
		return nil, err
	}
	if err := json.NewEncoder(os.Stdout).Encode(p.wrote); err != nil {
		return nil, fmt.Errorf("report the writes: %w", err)
	}
	line, err := bufio.NewReader(os.Stdin).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read the end position: %w", err)
	}
	if err := json.Unmarshal(line, &p.end); err != nil {
		return nil, fmt.Errorf("the end: %w", err)
	}
	close(p.allWritten)
	return list, follow.Wait()
}

// startSubscribers starts the subscribers that read from the start.
func (p *stressProcess) startSubscribers(ctx context.Context, group *errgroup.Group) ([]*readReport, error) {
	list := []*readReport{
		{Name: "live"},
		{Name: "live, tiny ring"},
		{Name: "live, of two stores", Stores: p.Stores[:2]},
		{Name: "live, of one type, tiny ring", Types: []store.EventType{store.EventTaskCompleted}},
		{Name: "slow"},
		{Name: "slow, tiny ring"},
		{Name: "slow, of one store, tiny ring", Stores: p.Stores[2:3]},
		{Name: "restarting"},
		{Name: "restarting, slow, tiny ring"},
		{Name: "restarting, of one store, tiny ring", Stores: p.Stores[:1]},
		{Name: "restarting, of one type", Types: []store.EventType{store.EventTaskStarted}},
	}
	for i, s := range list {
		if err := p.startSubscriber(ctx, group, s, uint64(i), ""); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// write runs the writers as long as planned, and starts late subscribers meanwhile.
func (p *stressProcess) write(ctx context.Context, group *errgroup.Group, list *[]*readReport) error {
	writing, stop := context.WithTimeout(ctx, p.Writing)
	defer stop()
	var writers errgroup.Group
	for n := range p.Writers {
		writers.Go(func() error {
			w := &stressWriter{stressProcess: p, random: rand.New(rand.NewPCG(p.Seed, uint64(n)))}
			return w.run(ctx, writing)
		})
	}
	random := rand.New(rand.NewPCG(p.Seed, 1000))
	for n := 0; writing.Err() == nil; n++ {
		store.SleepContext(writing, p.Writing/8)
		after := p.randomPosition(random)
		s := &readReport{Name: "late", After: after}
		if n%2 == 1 {
			s.Name = "late, slow, tiny ring"
		}
		if err := p.startSubscriber(ctx, group, s, uint64(100+n), after.String()); err != nil {
			return err
		}
		*list = append(*list, s)
	}
	return writers.Wait()
}

// randomPosition returns a random earlier position, sometimes the very first.
func (p *stressProcess) randomPosition(random *rand.Rand) store.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.cursors) == 0 || random.IntN(5) == 0 {
		return store.Position{}
	}
	return p.cursors[random.IntN(len(p.cursors))]
}
