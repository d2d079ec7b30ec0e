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

	"aisle/bench/harness"
)

// withoutTriggers disables the triggers that maintain Aisle's counts, for the peers that count tasks themselves.
const withoutTriggers = "&options=-c%20session_replication_role%3Dreplica"

// peer is a running server.
type peer struct {
	requests

	addrs []string // one per process
	pids  []int
	node  *harness.Node // nil for other servers
}

// peerKind describes a peer.
type peerKind struct {
	name      string
	start     func(ctx context.Context, b *bench, f func(context.Context, peer) error) error
	workloads []string
}

// startAisle starts Aisle as in production, without rate limits.
func startAisle(args ...string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		args := append([]string{"--viewer-rate-limit", "0", "--address-rate-limit", "0"}, args...)
		return b.WithNode(ctx, args, func(ctx context.Context, n *harness.Node) error {
			return f(ctx, peer{aisleRequests(), []string{n.API}, []int{n.PID}, n})
		})
	}
}

// startUnbatched starts Aisle without batching and caches, in a process of this program.
func startUnbatched() func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the path of this program: %w", err)
		}
		args := []string{"--viewer-rate-limit", "0", "--address-rate-limit", "0"}
		return b.WithServer(ctx, self, "unbatched", args, func(ctx context.Context, n *harness.Node) error {
			return f(ctx, peer{aisleRequests(), []string{n.API}, []int{n.PID}, n})
		})
	}
}

// startNode starts a peer on Node with two processes, one for each CPU of the reference machine.
func startNode(folder string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		const processes = 2
		return b.withProcesses(ctx, processes, nodeRequests(folder), f, func(ctx context.Context) *exec.Cmd {
			cmd := harness.Command(ctx, b.node(), "server.mjs")
			cmd.Dir = filepath.Join(b.options.Peers, folder)
			return cmd
		})
	}
}

// startBaseline starts the baseline server, in a process of this program.
func startBaseline(args ...string) func(context.Context, *bench, func(context.Context, peer) error) error {
	return func(ctx context.Context, b *bench, f func(context.Context, peer) error) error {
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find the path of this program: %w", err)
		}
		return b.withProcesses(ctx, 1, baselineRequests(), f, func(ctx context.Context) *exec.Cmd {
			return harness.Command(ctx, self, append([]string{"baseline"}, args...)...)
		})
	}
}

// withProcesses starts processes of a program that print their address, calls f and ends them.
func (b *bench) withProcesses(
	ctx context.Context, processes int, a requests, f func(context.Context, peer) error, program func(context.Context) *exec.Cmd,
) (err error) {
	running, end := context.WithCancel(ctx)
	defer end()
	p := peer{requests: a}
	var started []*exec.Cmd
	defer func() {
		end()
		for _, cmd := range started {
			_ = cmd.Wait() // ended by end
		}
	}()
	for range processes {
		cmd := program(running)
		cmd.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production",
			urlVariable+"="+b.DatabaseURL+withoutTriggers, connectionsVariable+"="+strconv.Itoa(connections/processes))
		cmd.Stderr = b.notes
		out, err := cmd.StdoutPipe()
		if err != nil {
			return fmt.Errorf("read the address of a peer: %w", err)
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

// readAddr reads the address that a peer prints.
func readAddr(ctx context.Context, out io.Reader) (string, error) {
	var line struct {
		Addr string `json:"addr"`
	}
	ctx, cancel := context.WithTimeout(ctx, harness.WaitTimeout)
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
		return "", errors.New("a peer did not print its address in time")
	}
	if err := group.Wait(); err != nil {
		return "", fmt.Errorf("read the address of a peer: %w", err)
	}
	return line.Addr, nil
}

// node returns the path of the Node that both peers use, which PostGraphile installs.
func (b *bench) node() string {
	file, err := filepath.Abs(filepath.Join(b.options.Peers, "postgraphile", "node_modules", "node", "bin", "node"))
	if err != nil {
		return "node"
	}
	return file
}

// ask sends one request on a new connection.
func (p peer) ask(ctx context.Context, request []byte) (response, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second*10) //nolint:mnd // a response takes milliseconds
	defer cancel()
	l, err := dial(ctx, p.addrs[0])
	if err != nil {
		return response{}, err
	}
	defer l.close()
	return l.roundTrip(request)
}
