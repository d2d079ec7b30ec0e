package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"aisle/auth"
)

// mediaStream is the media type of Server-Sent Events, in the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: one operation a connection.
const mediaStream = "text/event-stream"

// heartbeat is how often something is sent when nothing happens, so that both sides notice when the other is gone.
const heartbeat = 10 * time.Second

// wantsStream says whether the client takes an event stream.
func wantsStream(r *http.Request) bool {
	for wish := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		if named, quality, ok := parseRange(wish); ok && named == mediaStream && quality > 0 {
			return true
		}
	}
	return false
}

// piece is after how many bytes a batch of events is sent. graphql-sse holds events back until what it reads ends with a
// whole one: of a large batch on a slow line that is cut it would see nothing, however often it came again.
const piece = 4 << 10

// eventStream is one connection of Server-Sent Events.
type eventStream struct {
	server *Server
	w      http.ResponseWriter
	rc     *http.ResponseController
	buffer bytes.Buffer
}

// Why an event stream ends before the client ends it.
var (
	errDraining = errors.New("the server restarts")
	errGone     = errors.New("the client takes nothing any more")
)

// serveStream answers an operation as an event stream. What is wrong with the operation is an event, too: the status
// is 200 by then.
func (s *Server) serveStream(ctx context.Context, w http.ResponseWriter, params *graphql.RawParams, x *exchange) error {
	begun := ctx // what is asked for is answered, whatever ends the stream
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	leave, err := s.streams.enter(func() { end(errDraining) })
	if err != nil {
		return err
	}
	defer leave()
	if !x.viewer.ExpiresAt.IsZero() {
		var cancel context.CancelFunc
		left := x.viewer.ExpiresAt.Sub(s.config.Now())
		ctx, cancel = context.WithTimeoutCause(ctx, left, auth.ErrTokenExpired)
		defer cancel()
	}
	defer s.watch(x.viewer, func() { end(auth.ErrInvalidToken) })()
	defer s.config.Metrics.TrackConnection("sse")()
	x.status, x.streamed = http.StatusOK, true
	stream := &eventStream{server: s, w: w, rc: http.NewResponseController(w)}
	if err := stream.begin(); err != nil {
		return nil
	}
	defer stream.extend() //nolint:errcheck // for the end of the chunks: without it the connection looks cut
	sub := s.begin(begun, params, x)
	if sub == nil {
		_ = stream.last(s.encode(ctx, x)) // nobody is left to tell
		return nil
	}
	defer sub.close()
	defer s.config.Metrics.TrackSubscription()()
	if err := stream.follow(s.apart(ctx), sub); err != nil && !errors.Is(err, errDraining) && !errors.Is(err, errGone) {
		x.answer = s.fail(ctx, err)
		_ = stream.last(s.encode(ctx, x)) // nobody is left to tell
	}
	return nil
}

// begin sends the head.
func (e *eventStream) begin() error {
	header := e.w.Header()
	header.Set("Content-Type", mediaStream+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // proxies must not collect events
	_ = e.rc.SetReadDeadline(time.Time{}) // the request is read; what comes now is the client's end
	e.w.WriteHeader(http.StatusOK)
	e.buffer.WriteString(":\n\n")
	return e.flush()
}

// follow sends events until one side ends it. It answers why.
func (e *eventStream) follow(ctx context.Context, sub *subscription) error {
	for {
		wait, cancel := context.WithTimeout(ctx, heartbeat)
		bodies, err := sub.next(wait)
		cancel()
		for _, body := range bodies {
			e.event("next", body)
			if e.buffer.Len() >= piece && e.flush() != nil {
				return errGone
			}
		}
		switch {
		case len(bodies) > 0:
			e.server.config.Metrics.AddEventsSent(len(bodies))
		case ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.Canceled):
			return context.Cause(ctx) //nolint:wrapcheck // it is one of ours
		case ctx.Err() != nil:
			return errGone
		case err == nil:
		case errors.Is(err, context.DeadlineExceeded):
			e.buffer.WriteString(":\n\n")
		default:
			return err
		}
		if e.flush() != nil {
			return errGone
		}
	}
}

// event writes an event into the buffer.
func (e *eventStream) event(kind string, data []byte) {
	e.buffer.WriteString("event: " + kind + "\ndata: ")
	e.buffer.Write(bytes.TrimSuffix(data, []byte("\n"))) // JSON, and so one line
	e.buffer.WriteString("\n\n")
}

// last sends the last answer, and the end.
func (e *eventStream) last(body []byte) error {
	e.event("next", body)
	e.event("complete", nil)
	return e.flush()
}

// extend gives the next write its time.
func (e *eventStream) extend() error {
	return e.rc.SetWriteDeadline(time.Now().Add(e.server.config.Limits.Write)) //nolint:wrapcheck // nobody is told
}

// flush sends the buffer, as one chunk of HTTP. A client that does not take it in time is gone.
func (e *eventStream) flush() error {
	defer e.buffer.Reset()
	if err := e.extend(); err != nil {
		return err
	}
	if _, err := e.w.Write(e.buffer.Bytes()); err != nil {
		return err //nolint:wrapcheck // nobody is told
	}
	return e.rc.Flush() //nolint:wrapcheck // nobody is told
}
