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
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before the shutdown begins: the second signal ends the process at once
		cancel()
	}()
	status := app.Run(ctx, os.Args[1:], app.Terminal{Out: os.Stdout, Err: os.Stderr})
	cancel()
	os.Exit(status)
}
