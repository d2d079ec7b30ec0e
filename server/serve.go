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

// ServeAPI answers clients on the listener, which it closes, until ctx ends. Then it is not ready any more, accepts what is new
// for the lead alone, and finishes what is running. It returns nil when all of that was done within the grace, and an error
// when the listener failed or requests had to be cut off. It can be called again.
func (s *Server) ServeAPI(ctx context.Context, listener net.Listener) error {
	s.draining.Store(false)
	s.streams.begin()
	const toWrite = 5 * time.Second
	return s.serve(ctx, listener, s.Handler(), s.config.Limits.ReadTimeout+s.config.Limits.Request+toWrite, s.drain)
}

// ServeAdmin answers operators on the listener, which it closes, until ctx ends: serve it longer than the API, so that the
// last requests can be watched. Nobody waits for a profile. It can be called again.
func (s *Server) ServeAdmin(ctx context.Context, listener net.Listener) error {
	return s.serve(ctx, listener, s.AdminHandler(), longestProfile, func(_ context.Context, admin *http.Server) error {
		return admin.Close()
	})
}

// serve answers on the listener until ctx ends, or the listener fails, and then ends with end.
func (s *Server) serve(
	ctx context.Context, listener net.Listener, handler http.Handler, write time.Duration,
	end func(ctx context.Context, server *http.Server) error,
) error {
	// Requests outlive ctx, so that they can finish: it is the end of the grace that cancels them.
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	server := s.httpServer(base, handler, write)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-running.Done()
		if ctx.Err() == nil { // the listener failed: nobody finds the server any more
			return server.Close()
		}
		return end(base, server)
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

// drain ends what clients are answered with, within the grace. The streams end spread over three quarters of what the lead
// leaves of it; the last ones have the rest.
func (s *Server) drain(ctx context.Context, api *http.Server) error {
	limits := s.config.Limits
	s.draining.Store(true)
	s.config.Log.InfoContext(ctx, "draining: the next signal ends the process at once", "lead", limits.Lead, "grace", limits.Grace)
	ctx, cancel := context.WithTimeout(ctx, limits.Grace)
	defer cancel()
	lead := time.NewTimer(limits.Lead)
	defer lead.Stop()
	select {
	case <-lead.C:
	case <-ctx.Done():
	}
	var group errgroup.Group
	group.Go(func() error { return s.streams.drain(ctx, (limits.Grace-limits.Lead)*3/4) })
	group.Go(func() error { return api.Shutdown(ctx) })
	err := group.Wait()
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were still running after %s and were cut off: %w", limits.Grace, err), api.Close())
	}
	return err
}
