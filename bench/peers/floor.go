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

	"aisle/bench/stage"
)

var (
	//go:embed floor/home.sql
	homeSQL string
	//go:embed floor/board.sql
	boardSQL string
	//go:embed floor/complete.sql
	completeSQL string
)

// floorCommand serves what no GraphQL server can be expected to beat: one statement that makes the whole JSON, behind
// net/http. Or nothing at all.
type floorCommand struct {
	Empty bool `help:"Answer everything with nothing."`
}

// Run serves until ctx ends.
func (c floorCommand) Run(ctx context.Context) error {
	if c.Empty {
		return serve(ctx, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}
	config, err := pgxpool.ParseConfig(os.Getenv(urlVariable))
	if err != nil {
		return errors.New("the database URL cannot be read") // pgx's error shows it
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

// serve prints where it serves, as the peers do, and serves until ctx ends.
func serve(ctx context.Context, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: stage.Patience}
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"addr": listener.Addr().String()}); err != nil {
		return fmt.Errorf("say where: %w", err)
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
