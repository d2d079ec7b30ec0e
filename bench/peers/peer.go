package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/bench/stage"
)

// What a peer is told by its environment.
const (
	urlVariable         = "DATABASE_URL"
	connectionsVariable = "CONNECTIONS"
)

// connections to PostgreSQL are as many for each peer, whatever the number of its processes: what `aisle serve` has unless told.
const connections = 16

// withoutTriggers are settings of a connection's URL for the peers: they count tasks themselves, and so need not pay for
// the counts that Aisle's triggers keep.
const withoutTriggers = "&options=-c%20session_replication_role%3Dreplica"

// peer is a server that is running, to be measured.
type peer struct {
	asks

	addrs []string // of its processes
	pids  []int
	node  *stage.Node // of Aisle's
}

// kind is a kind of peer.
type kind struct {
	name      string
	start     func(ctx context.Context, b *bench, f func(context.Context, peer) error) error
	workloads []string
}

// The kinds of peers, as results call them.
const (
	aisle        = "Aisle"
	naive        = "Aisle without loaders"
	postgraphile = "PostGraphile"
	mercurius    = "Mercurius"
	floor        = "one SQL statement"
	empty        = "empty net/http handler"
)

// startAisle starts this project's server as it is in production. Nobody's rate is limited.
func startAisle(args ...string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		args := append([]string{"--viewer-rate-limit", "0", "--address-rate-limit", "0"}, args...)
		return b.WithNode(ctx, args, func(ctx context.Context, n *stage.Node) error {
			return f(ctx, peer{asksOfAisle(), []string{n.API}, []int{n.PID}, n})
		})
	}
}

// startUnbatched starts a node without the batching of loaders and without caches, in a process of this program.
func startUnbatched() func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		args := []string{"--viewer-rate-limit", "0", "--address-rate-limit", "0"}
		return b.WithServer(ctx, self, "unbatched", args, func(ctx context.Context, n *stage.Node) error {
			return f(ctx, peer{asksOfAisle(), []string{n.API}, []int{n.PID}, n})
		})
	}
}

// startNode starts a peer on Node, a process for each processor of the two that it is measured on.
func startNode(folder string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		const processes = 2
		return b.withPrograms(ctx, processes, asksOfNode(folder), f, func(ctx context.Context) *exec.Cmd {
			cmd := stage.Command(ctx, b.node(), "server.mjs")
			cmd.Dir = filepath.Join(b.options.Peers, folder)
			return cmd
		})
	}
}

// startFloor starts this program itself.
func startFloor(args ...string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		return b.withPrograms(ctx, 1, asksOfFloor(), f, func(ctx context.Context) *exec.Cmd {
			return stage.Command(ctx, self, append([]string{"floor"}, args...)...)
		})
	}
}

// withPrograms runs f beside processes of a program, which print where they serve, and ends them.
func (b *bench) withPrograms(
	ctx context.Context, processes int, a asks, f func(context.Context, peer) error, program func(context.Context) *exec.Cmd,
) (err error) {
	running, end := context.WithCancel(ctx)
	defer end()
	p := peer{asks: a}
	var started []*exec.Cmd
	defer func() {
		end()
		for _, cmd := range started {
			_ = cmd.Wait() // it was told to end
		}
	}()
	for range processes {
		cmd := program(running)
		cmd.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production",
			urlVariable+"="+b.DatabaseURL+withoutTriggers, connectionsVariable+"="+strconv.Itoa(connections/processes))
		cmd.Stderr = b.notes
		out, err := cmd.StdoutPipe()
		if err != nil {
			return fmt.Errorf("read a peer's address: %w", err)
		}
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start a peer: %w", err)
		}
		started = append(started, cmd)
		addr, err := readAddr(running, out)
		if err != nil {
			return err
		}
		p.addrs, p.pids = append(p.addrs, addr), append(p.pids, cmd.Process.Pid)
	}
	return f(ctx, p)
}

// readAddr reads the line that says where a peer serves.
func readAddr(ctx context.Context, out io.Reader) (string, error) {
	var line struct {
		Addr string `json:"addr"`
	}
	ctx, cancel := context.WithTimeout(ctx, stage.Patience)
	defer cancel()
	var group errgroup.Group
	read := make(chan struct{})
	group.Go(func() error {
		defer close(read)
		text, err := bufio.NewReader(out).ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("wait for a peer: %w", err)
		}
		return json.Unmarshal(text, &line)
	})
	select {
	case <-read:
	case <-ctx.Done():
		return "", errors.New("a peer does not serve")
	}
	if err := group.Wait(); err != nil {
		return "", fmt.Errorf("read a peer's address: %w", err)
	}
	return line.Addr, nil
}

// node is the Node that PostGraphile needs, which both peers run on.
func (b *bench) node() string {
	file, err := filepath.Abs(filepath.Join(b.options.Peers, "postgraphile", "node_modules", "node", "bin", "node"))
	if err != nil {
		return "node"
	}
	return file
}

// ask asks a peer once, on a connection of its own.
func (p peer) ask(ctx context.Context, request []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second*10) //nolint:mnd // an answer takes milliseconds
	defer cancel()
	l, err := dial(ctx, p.addrs[0])
	if err != nil {
		return answer{}, err
	}
	defer l.close()
	return l.exchange(request)
}
