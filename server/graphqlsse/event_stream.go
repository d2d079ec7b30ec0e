package graphqlsse

import (
	"bytes"
	"net/http"
	"time"
)

// MediaType is the media type of an event stream.
const MediaType = "text/event-stream"

// maxBuffered is the number of bytes from which a batch of events is flushed. The graphql-sse client delivers the events of a
// chunk only when the chunk ends with a complete event. If a slow connection broke during a large batch, the client would get none of its
// events, and the same would happen after each reconnect.
const maxBuffered = 4 << 10

// eventStream writes the events of one response.
type eventStream struct {
	w            http.ResponseWriter
	controller   *http.ResponseController
	writeTimeout time.Duration
	buffer       bytes.Buffer
}

func newEventStream(w http.ResponseWriter, writeTimeout time.Duration) *eventStream {
	return &eventStream{w: w, controller: http.NewResponseController(w), writeTimeout: writeTimeout}
}

// start sends the header.
func (e *eventStream) start() error {
	header := e.w.Header()
	header.Set("Content-Type", MediaType+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")         // proxies must not buffer events
	_ = e.controller.SetReadDeadline(time.Time{}) // the request is read: nothing comes but the end of the connection
	e.w.WriteHeader(http.StatusOK)
	e.comment()
	return e.flush()
}

// next writes the response to an event.
func (e *eventStream) next(body []byte) error {
	e.event("next", body)
	if e.buffer.Len() >= maxBuffered {
		return e.flush()
	}
	return nil
}

// complete sends the last response, and the end of the operation.
func (e *eventStream) complete(body []byte) error {
	e.event("next", body)
	e.event("complete", nil)
	return e.flush()
}

// comment writes what clients ignore.
func (e *eventStream) comment() { e.buffer.WriteString(":\n\n") }

func (e *eventStream) event(kind string, data []byte) {
	e.buffer.WriteString("event: " + kind + "\ndata: ")
	e.buffer.Write(bytes.TrimSuffix(data, []byte("\n"))) // JSON on one line
	e.buffer.WriteString("\n\n")
}

// flush sends the buffer as one chunk. A client that does not read it in time is gone.
func (e *eventStream) flush() error {
	defer e.buffer.Reset()
	if err := e.extendWriteDeadline(); err != nil {
		return err
	}
	if _, err := e.w.Write(e.buffer.Bytes()); err != nil {
		return err //nolint:wrapcheck // nobody reads it
	}
	return e.controller.Flush() //nolint:wrapcheck // nobody reads it
}

func (e *eventStream) extendWriteDeadline() error {
	return e.controller.SetWriteDeadline(time.Now().Add(e.writeTimeout)) //nolint:wrapcheck // nobody reads it
}
