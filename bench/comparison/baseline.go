package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"aisle/bench/harness"
)

var (
	//go:embed baseline/home.sql
	homeSQL string
	//go:embed baseline/board.sql
	boardSQL string
	//go:embed baseline/complete.sql
	completeSQL string
)

// baselineCommand is a lower bound that no GraphQL server can beat: a net/http server that answers with the JSON of one SQL
// statement, or with nothing.
type baselineCommand struct {
	Empty bool `help:"Send empty responses."`
}

// Run serves until ctx ends.
func (c baselineCommand) Run(ctx context.Context) error {
	if c.Empty {
		return serve(ctx, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}
	config, err := pgxpool.ParseConfig(os.Getenv(urlVariable))
	if err != nil {
		return errors.New("the database URL is invalid") // the error of pgx would quote it
	}
	connections, err := strconv.Atoi(os.Getenv(connectionsVariable))
	if err != nil {
		return fmt.Errorf("read %s: %w", connectionsVariable, err)
	}
	config.MaxConns = int32(connections) //nolint:gosec // tens
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("open the database pool: %w", err)
	}
	defer pool.Close()
	mux := http.NewServeMux()
	for name, sql := range map[string]string{"home": homeSQL, "board": boardSQL, "complete": completeSQL} {
		mux.HandleFunc("GET /"+name+"/{id}", func(w http.ResponseWriter, r *http.Request) {
			var text []byte
			if err := pool.QueryRow(r.Context(), sql, r.PathValue("id")).Scan(&text); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(text)))
			_, _ = w.Write(text)
		})
	}
	return serve(ctx, mux)
}

// serve prints its address, as all peers do, and serves until ctx ends.
func serve(ctx context.Context, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: harness.WaitTimeout}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"addr": listener.Addr().String()}); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	stop := context.AfterFunc(ctx, func() {
		after, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = server.Shutdown(after) // connections that are still open are closed with the process
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
