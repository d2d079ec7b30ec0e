package system_test

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"aisle/app"
	"aisle/app/localpg/pgtest"
)

// commandVariable makes this test binary run as the aisle command, so that tests can start, interrupt and kill it.
const commandVariable = "AISLE_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		context.AfterFunc(ctx, stop) // the second signal ends the process at once
		status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(status)
	}
	pgtest.Main(m, removeDevTemplate)
}

// run runs the command inside this process.
func run(t *testing.T, args ...string) (status int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = app.Run(t.Context(), args, app.Terminal{Out: &stdout, Err: &stderr})
	return status, stdout.String(), stderr.String()
}
