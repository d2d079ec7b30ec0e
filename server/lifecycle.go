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

// maxProfile limits the responses of the admin port: a profile takes as long as its request asks for.
const maxProfile = 2 * time.Minute

// ServeAPI answers clients on the listener, which it closes, until ctx ends. Then it drains: it is no longer ready, accepts new requests
// only for DrainDelay, and finishes what is running. It returns nil when all of that was done within ShutdownTimeout, and an error when
// the listener failed or requests had to be cut off. It can be called again.
func (s *Server) ServeAPI(ctx context.Context, listener net.Listener) error {
	s.draining.Store(false)
	s.connections.Accept()
	const responseTimeout = 5 * time.Second
	writeTimeout := s.config.Limits.ReadTimeout + s.config.Gateway.Timeout() + responseTimeout
	return s.serve(ctx, listener, s.Handler(), writeTimeout, s.drain)
}

// ServeAdmin answers operators on the listener, which it closes, until ctx ends. Serve it longer than the API, so that the last requests
// can be watched. It does not wait for a profile. It can be called again.
func (s *Server) ServeAdmin(ctx context.Context, listener net.Listener) error {
	return s.serve(ctx, listener, s.AdminHandler(), maxProfile, func(_ context.Context, admin *http.Server) error {
		return admin.Close()
	})
}

// serve answers on the listener until ctx ends, and then calls end, or until the listener fails.
func (s *Server) serve(
	ctx context.Context, listener net.Listener, handler http.Handler, writeTimeout time.Duration,
	end func(ctx context.Context, server *http.Server) error,
) error {
	// Requests outlive ctx, so that they can finish: the end of the drain cancels them.
	base, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	server := s.httpServer(base, handler, writeTimeout)
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-running.Done()
		if ctx.Err() == nil { // the listener failed: no client reaches the server
			return server.Close()
		}
		return end(base, server)
	})
	return group.Wait() //nolint:wrapcheck // the functions above say what they were doing
}

func (s *Server) httpServer(base context.Context, handler http.Handler, writeTimeout time.Duration) *http.Server {
	return &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: s.config.Limits.HeaderTimeout,
		ReadTimeout:       s.config.Limits.ReadTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       s.config.Limits.IdleTimeout,
		MaxHeaderBytes:    32 << 10,
	}
}

// drain finishes requests and ends connections within ShutdownTimeout. The connections end spread over three quarters of what DrainDelay
// leaves of it; the last ones have the rest.
func (s *Server) drain(ctx context.Context, api *http.Server) error {
	limits := s.config.Limits
	s.draining.Store(true)
	s.config.Log.InfoContext(ctx, "draining; another signal ends the process immediately",
		"drain_delay", limits.DrainDelay, "shutdown_timeout", limits.ShutdownTimeout)
	ctx, cancel := context.WithTimeout(ctx, limits.ShutdownTimeout)
	defer cancel()
	delay := time.NewTimer(limits.DrainDelay)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-ctx.Done():
	}
	var group errgroup.Group
	group.Go(func() error { return s.connections.Drain(ctx, (limits.ShutdownTimeout-limits.DrainDelay)*3/4) })
	group.Go(func() error { return api.Shutdown(ctx) })
	err := group.Wait()
	if err != nil {
		err = errors.Join(
			fmt.Errorf("requests were still running after %s and were cut off: %w", limits.ShutdownTimeout, err), api.Close())
	}
	return err
}
