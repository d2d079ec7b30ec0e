package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// longestProfile bounds what the admin port answers: profiles take as long as they are asked to.
const longestProfile = 2 * time.Minute

// Serve answers on the two listeners, which it closes, until ctx ends. Then it is not ready any more, accepts nothing
// new, and finishes what is running. It returns nil when all of that was done within the grace, and an error when a
// listener failed or requests had to be cut off.
func (s *Server) Serve(ctx context.Context, public, admin net.Listener) error {
	// Requests outlive ctx, so that they can finish: it is the end of the grace that cancels them.
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	const toWrite = 5 * time.Second
	api := s.httpServer(base, s.Handler(), s.config.Limits.ReadTimeout+s.config.Limits.Request+toWrite)
	ops := s.httpServer(base, s.AdminHandler(), longestProfile)

	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(api, public) })
	group.Go(func() error { return serve(ops, admin) })
	group.Go(func() error {
		<-running.Done()
		return s.drain(base, api, ops)
	})
	return group.Wait() //nolint:wrapcheck // the functions above say what was being done
}

func (s *Server) httpServer(base context.Context, handler http.Handler, write time.Duration) *http.Server {
	return &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: s.config.Limits.HeaderTimeout,
		ReadTimeout:       s.config.Limits.ReadTimeout,
		WriteTimeout:      write,
		IdleTimeout:       s.config.Limits.IdleTimeout,
		MaxHeaderBytes:    32 << 10,
	}
}

func serve(server *http.Server, listener net.Listener) error {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	return nil
}

// drain ends the API's server first: its last requests can be watched on the operators'.
func (s *Server) drain(ctx context.Context, api, ops *http.Server) error {
	s.draining.Store(true)
	s.config.Log.InfoContext(ctx, "draining", "grace", s.config.Limits.Grace)
	ctx, cancel := context.WithTimeout(ctx, s.config.Limits.Grace)
	defer cancel()
	err := errors.Join(s.streams.drain(ctx), api.Shutdown(ctx))
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still running after %s and were cut off: %w", s.config.Limits.Grace, err), api.Close())
	}
	// Nobody waits for a profile.
	return errors.Join(err, ops.Close())
}
