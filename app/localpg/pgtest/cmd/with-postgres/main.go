// Command with-postgres starts a PostgreSQL cluster and runs a command with it: `with-postgres -- go test ./...`.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"aisle/app/localpg/pgtest"
)

func main() {
	done, err := useMemory()
	status := 1
	if err == nil {
		status, err = run(os.Args[1:])
	}
	done()
	if err != nil {
		fmt.Fprintln(os.Stderr, "with-postgres:", err)
		status = 1
	}
	os.Exit(status)
}

// run runs the command and returns its exit status. It forwards signals to the command, and stops PostgreSQL after the command ends.
func run(args []string) (int, error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return 0, errors.New("no command was given: `with-postgres -- go test ./...`")
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	var failure error
	status, err := pgtest.WithCluster(context.Background(), func(clusterURL string) (status int) {
		status, failure = command(args, clusterURL, signals)
		return status
	})
	return status, errors.Join(err, failure)
}

// command runs args on a cluster, forwards signals, and returns the exit status as a shell does.
func command(args []string, clusterURL string, signals <-chan os.Signal) (int, error) {
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...) //nolint:gosec // it is what the caller asked for
	cmd.Env = append(os.Environ(), pgtest.Variable+"="+clusterURL)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start the command: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			_ = cmd.Process.Signal(sig) // it may have ended just now
		case err := <-done:
			return exitStatus(err)
		}
	}
}

func exitStatus(err error) (int, error) {
	exit := (*exec.ExitError)(nil)
	if !errors.As(err, &exit) {
		return 0, err
	}
	const bySignal = 128
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return bySignal + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
