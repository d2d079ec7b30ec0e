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
	status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(status)
}
