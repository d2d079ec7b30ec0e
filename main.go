// Command aisle is the GraphQL backend of a retail chain's store operations.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"aisle/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends the process at once
	status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(status)
}
