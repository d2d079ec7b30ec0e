package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Node is a running `aisle serve`.
type Node struct {
	API, Admin string // addresses
	Client     *http.Client
	PID        int
}

// WithNode starts a server, calls f and stops the server. args are added to the arguments that every benchmark uses.
func (s *Harness) WithNode(ctx context.Context, args []string, f func(ctx context.Context, n *Node) error) error {
	return s.WithServer(ctx, s.config.Aisle, "serve", args, f)
}

// WithServer is WithNode with a command of another program, which takes the settings of `aisle serve`.
func (s *Harness) WithServer(
	ctx context.Context, program, command string, args []string, f func(ctx context.Context, n *Node) error,
) error {
	running, end := context.WithCancel(ctx)
	defer end()
	cmd := s.withSettings(Command(running, program, append([]string{
		command, "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0",
		"--access-ttl", s.config.MaxDuration.String(), "--log-level", "info", "--log-format", "json",
	}, args...)...))
	out, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("read the server's log: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ready := make(chan *Node, 1)
	var group errgroup.Group
	group.Go(func() error {
		defer close(ready)
		return s.readLog(out, ready)
	})
	var n *Node
	select {
	case n = <-ready:
	case <-time.After(WaitTimeout):
	}
	if n != nil {
		n.PID = cmd.Process.Pid
		defer n.Client.CloseIdleConnections()
		err = f(ctx, n)
	}
	end()
	logErr := group.Wait()
	waitErr := cmd.Wait()
	switch {
	case err != nil:
		return err
	case logErr != nil:
		return logErr //nolint:wrapcheck // from readLog
	case n == nil || waitErr != nil && running.Err() == nil:
		return fmt.Errorf("the server did not become ready: %w", waitErr)
	default:
		return nil
	}
}

// readLog reads the server's log to its end. It sends the node when the log says that the server is ready, and copies
// warnings and errors to the configured writer.
func (s *Harness) readLog(log io.Reader, ready chan<- *Node) error {
	const clients = 100 // concurrent
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct {
			Level     string `json:"level"`
			Message   string `json:"msg"`
			Addr      string `json:"addr"`
			AdminAddr string `json:"admin_addr"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Level == "WARN" || line.Level == "ERROR" {
			_, _ = fmt.Fprintf(s.config.Warnings, "%s\n", lines.Bytes())
		}
		if line.Message == "serving" {
			ready <- &Node{API: line.Addr, Admin: line.AdminAddr, Client: &http.Client{
				Timeout: WaitTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: clients},
			}}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the server's log: %w", err)
	}
	return nil
}

// GetAdmin returns the body of a GET on the admin address.
func (n *Node) GetAdmin(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Admin+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	response, err := n.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read %s: %s, %w", path, response.Status, err)
	}
	return body, nil
}

// Metrics returns the values of /metrics by series.
func (n *Node) Metrics(ctx context.Context) (map[string]float64, error) {
	page, err := n.GetAdmin(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	found := map[string]float64{}
	for line := range bytes.Lines(page) {
		name, text, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			found[name] = value
		}
	}
	return found, nil
}
