package graphqlsse

import (
	"context"
	"errors"
	"net/http"
	"time"

	"aisle/auth"
	"aisle/gateway"
	"aisle/server/connections"
	"aisle/telemetry"
)

// heartbeat is the time after which a comment is sent when there is no event, so that both sides notice when the other is gone.
const heartbeat = 10 * time.Second

// Config configures a Server. All of it must be set.
type Config struct {
	Gateway      *gateway.Gateway
	Connections  *connections.Registry
	Metrics      *telemetry.Metrics
	WriteTimeout time.Duration
	Now          func() time.Time
}

// A Server answers operations as event streams.
type Server struct{ config Config }

// NewServer returns a Server.
func NewServer(config Config) *Server { return &Server{config} }

// Why the server ends an event stream.
var (
	errDraining = errors.New("the server restarts")
	errGone     = errors.New("the client no longer reads")
)

// Serve answers an operation, until its last event or until one side ends the stream. An error of the operation is an event: the status
// is 200 by then. bytes is the size of the last response. Serve returns an error, and has written nothing, when there are too many
// connections.
func (s *Server) Serve(ctx context.Context, w http.ResponseWriter, request gateway.Request) (result *gateway.Result, bytes int, err error) {
	operation := ctx // it runs to its end, whatever ends the stream
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	remove, err := s.config.Connections.Add(func() { end(errDraining) })
	if err != nil {
		return nil, 0, err
	}
	defer remove()
	if expires := request.Viewer.ExpiresAt; !expires.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, expires.Sub(s.config.Now()), auth.ErrTokenExpired)
		defer cancel()
	}
	defer s.config.Gateway.Watch(request.Viewer, func() { end(auth.ErrInvalidToken) })()
	defer s.config.Metrics.TrackConnection("sse")()
	stream := newEventStream(w, s.config.WriteTimeout)
	if stream.start() != nil {
		return &gateway.Result{}, 0, nil
	}
	defer stream.extendWriteDeadline() //nolint:errcheck // the end of the chunked body needs it: else the connection looks cut

	request.Streams = true
	result = s.config.Gateway.Execute(operation, request)
	if result.Subscription != nil {
		defer result.Subscription.Close()
		defer s.config.Metrics.TrackSubscription()()
		cause := s.follow(gateway.DetachTrace(ctx), stream, result)
		if errors.Is(cause, errDraining) || errors.Is(cause, errGone) {
			return result, 0, nil
		}
		result.Response = s.config.Gateway.Fail(ctx, cause)
	}
	body, response := s.config.Gateway.Encode(ctx, result.Response)
	result.Response = response
	_ = stream.complete(body) // nobody is left to tell
	return result, len(body), nil
}

// follow sends events until one side ends the stream, and returns why.
func (s *Server) follow(ctx context.Context, stream *eventStream, result *gateway.Result) error {
	for {
		wait, cancel := context.WithTimeout(ctx, heartbeat)
		bodies, err := result.Subscription.Next(wait)
		cancel()
		for _, body := range bodies {
			if stream.next(body) != nil {
				return errGone
			}
		}
		switch {
		case len(bodies) > 0:
			s.config.Metrics.AddEventsSent(len(bodies))
		case ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.Canceled):
			return context.Cause(ctx) //nolint:wrapcheck // it is one of ours
		case ctx.Err() != nil:
			return errGone
		case err == nil:
		case errors.Is(err, context.DeadlineExceeded):
			stream.comment()
		default:
			return err
		}
		if stream.flush() != nil {
			return errGone
		}
	}
}
