package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"aisle/auth"
)

// A stream is the client side of an event stream.
type stream struct {
	*http.Response

	t     *testing.T
	lines *bufio.Scanner
}

// stream sends an operation as an associate and reads the response header.
func (r *runningServer) stream(t *testing.T, document string) *stream {
	t.Helper()
	return r.streamOf(t, bodyOf(document, nil))
}

// streamOf sends the JSON of a request and returns the event stream.
func (r *runningServer) streamOf(t *testing.T, body string) *stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), eventuallyTimeout)
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.api+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+associateToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return &stream{response, t, bufio.NewScanner(response.Body)}
}

// receives reads events and compares them with the given ones, each "KIND DATA".
func (s *stream) receives(events ...string) {
	s.t.Helper()
	for _, want := range events {
		kind, data := "", ""
		for s.lines.Scan() {
			line := s.lines.Text()
			if line == "" && kind != "" {
				break
			}
			if value, ok := strings.CutPrefix(line, "event: "); ok {
				kind = value
			}
			if value, ok := strings.CutPrefix(line, "data: "); ok {
				data = value
			}
		}
		if got := kind + " " + data; got != want {
			s.t.Fatalf("got %s, %v\nwant %s", got, s.lines.Err(), want)
		}
	}
}

// ends reads the rest of the stream and fails if it has events.
func (s *stream) ends() error {
	s.t.Helper()
	for s.lines.Scan() {
		if line := s.lines.Text(); line != "" && line != ":" {
			s.t.Fatalf("another event: %s", line)
		}
	}
	return s.lines.Err()
}

func TestAnEventStreamSendsEvents(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	s := node.stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	ticks.publish("one", "two")
	s.receives(`next {"data":{"ticks":"one"}}`, `next {"data":{"ticks":"two"}}`)
	ticks.publish("three")
	s.receives(`next {"data":{"ticks":"three"}}`)

	got := [4]string{s.Header.Get("Content-Type"), s.Header.Get("Cache-Control"), s.Header.Get("X-Accel-Buffering"), s.Header.Get("Content-Encoding")}
	if got != [4]string{"text/event-stream; charset=utf-8", "no-store", "no", ""} {
		t.Errorf("headers %q", got)
	}
}

func TestAnEventStreamOfAQueryHasOneResponse(t *testing.T) {
	s := serve(t, nil).stream(t, "{ hello }")
	s.receives(`next {"data":{"hello":"hello"}}`, "complete ")
	if err := s.ends(); err != nil {
		t.Error(err)
	}
}

func TestAnEventStreamReportsErrorsOfTheOperation(t *testing.T) {
	s := serve(t, newTicks().fields()).stream(t, "subscription { tocks }")
	if s.StatusCode != http.StatusOK {
		t.Errorf("status %d; clients read the error only with 200", s.StatusCode)
	}
	all, err := io.ReadAll(s.Body)
	if err != nil || !strings.Contains(string(all), "event: next\ndata: {\"errors\":[{\"message\":\"Cannot query field") ||
		!strings.HasSuffix(string(all), "event: complete\ndata: \n\n") {
		t.Errorf("got %s, %v", all, err)
	}
}

func TestASubscriptionSelectsExactlyOneField(t *testing.T) {
	node := serve(t, newTicks().fields())
	for document, fields := range map[string]int{
		"subscription { ticks @skip(if: true) }": 0,
		"subscription { ticks other: ticks }":    2,
	} {
		s := node.stream(t, document)
		s.receives(fmt.Sprintf(`next {"errors":[{"message":"A subscription has one field, this one has %d.",`+
			`"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, fields))
	}
}

func TestAnEventStreamEndsWhenItsTokenExpires(t *testing.T) {
	ticks := newTicks()
	s := serve(t, ticks.fields(), expiring(3*time.Second)).stream(t, "subscription { ticks }")
	s.receives(`next {"errors":[{"message":"`+auth.ErrTokenExpired.Error()+`","extensions":{"code":"UNAUTHENTICATED"}}]}`, "complete ")
	ticks.waitForSubscribers(t, 0)
}

func TestADisconnectEndsTheSubscription(t *testing.T) {
	ticks := newTicks()
	s := serve(t, ticks.fields()).stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	_ = s.Body.Close()

	ticks.waitForSubscribers(t, 0)
}

// The server sends no complete event, because clients reconnect only without one.
func TestADrainEndsEventStreams(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	s := node.stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	node.stop()

	if err := s.ends(); err != nil {
		t.Error(err)
	}
	if err := <-node.done; err != nil {
		t.Error(err)
	}
	ticks.waitForSubscribers(t, 0)
}

func TestAnEventStreamThatIsNotReadIsDisconnected(t *testing.T) {
	const much, many = 64 << 10, 400
	ticks := newTicks()
	node := serve(t, ticks.fields(), func(c *config) { c.HTTP.Limits.WriteTimeout = 2 * time.Second })
	s := node.stream(t, "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	for range many {
		ticks.publish(strings.Repeat("x", much))
	}

	ticks.waitForSubscribers(t, 0)
	if n, _ := io.Copy(io.Discard, s.Body); n >= many*much {
		t.Errorf("a client that does not read was sent all %d bytes", n)
	}
}
