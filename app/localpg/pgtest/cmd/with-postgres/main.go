// Command with-postgres runs another command beside a PostgreSQL of its own: `with-postgres -- go test ./...`.
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
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "with-postgres:", err)
		status = 1
	}
	os.Exit(status)
}

// run runs the command and returns its exit status. What interrupts this process interrupts the command.
func run(args []string) (int, error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return 0, errors.New("give the command to run: with-postgres -- go test ./...")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var failure error
	status, err := pgtest.WithCluster(ctx, func(clusterURL string) int {
		command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // it is what the caller asked for
		command.Env = append(os.Environ(), pgtest.Variable+"="+clusterURL)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
		command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
		if err := command.Run(); err != nil && command.ProcessState == nil {
			failure = err
		}
		if command.ProcessState == nil {
			return 1
		}
		return command.ProcessState.ExitCode()
	})
	return status, errors.Join(err, failure)
}
