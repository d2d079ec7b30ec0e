package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"aisle/auth"
)

// eventuallyTimeout limits waits. It is long because the machine may be busy.
const eventuallyTimeout = 60 * time.Second

// eventually waits until the condition is true.
func eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(eventuallyTimeout)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("timed out: %s", what)
		}
	}
}

// A socket is the client side of a WebSocket.
type socket struct {
	*websocket.Conn

	t *testing.T
}

// dial opens a WebSocket with request headers, given as names and values. The default subprotocol is graphql-transport-ws.
func (r *runningServer) dial(t *testing.T, header ...string) *socket {
	t.Helper()
	h := http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	dialer := websocket.Dialer{HandshakeTimeout: eventuallyTimeout}
	conn, response, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(r.api, "http")+"/graphql", h)
	if err != nil {
		t.Fatalf("%v: %v", err, response)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(eventuallyTimeout))
	return &socket{conn, t}
}

// initialized returns a socket that has completed the connection handshake as an associate.
func (r *runningServer) initialized(t *testing.T) *socket {
	t.Helper()
	k := r.dial(t)
	k.send(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + associateToken + `"}}`)
	k.receives(`{"type":"connection_ack"}`)
	return k
}

// send sends messages.
func (k *socket) send(messages ...string) {
	k.t.Helper()
	for _, m := range messages {
		if err := k.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			k.t.Fatal(err)
		}
	}
}

// subscribe sends an operation.
func (k *socket) subscribe(id, document string) {
	k.t.Helper()
	k.send(fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, document))
}

// receives reads messages and compares them with the given ones.
func (k *socket) receives(messages ...string) {
	k.t.Helper()
	for _, want := range messages {
		_, got, err := k.ReadMessage()
		if err != nil {
			k.t.Fatalf("instead of %s: %v", want, err)
		}
		if diff := cmp.Diff(decoded(k.t, want), decoded(k.t, string(got))); diff != "" {
			k.t.Fatalf("message (-want +got):\n%s", diff)
		}
	}
}

func decoded(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("not JSON: %s", text)
	}
	return value
}

// closed waits until the server closes the socket with a code, and returns the reason.
func (k *socket) closed(code int) (reason string) {
	k.t.Helper()
	for {
		_, _, err := k.ReadMessage()
		if err == nil {
			continue
		}
		if why := new(websocket.CloseError); !errors.As(err, &why) || why.Code != code {
			k.t.Fatalf("closed with %v, want %d", err, code)
		} else {
			return why.Text
		}
	}
}

// The codes and their reasons are those of graphql-ws's own server.
func TestCloseCodesFollowTheProtocol(t *testing.T) {
	const hello, subscribe = `{"type":"connection_init"}`, `{"id":"a","type":"subscribe","payload":{"query":"subscription { ticks }"}}`
	const associate = `{"type":"connection_init","payload":{"Authorization":"Bearer ` + associateToken + `"}}`
	node := serve(t, newTicks().fields())
	for name, c := range map[string]struct {
		send   []string
		code   int
		reason string
	}{
		"an operation before the greeting":  {[]string{subscribe}, 4401, "Unauthorized"},
		"a second greeting":                 {[]string{hello, hello}, 4429, "Too many initialisation requests"},
		"the same id twice":                 {[]string{associate, subscribe, subscribe}, 4409, "Subscriber for a already exists"},
		"no JSON":                           {[]string{`subscribe`}, 4400, `A message is a JSON object with a "type".`},
		"no object":                         {[]string{`[]`}, 4400, `A message is a JSON object with a "type".`},
		"no type":                           {[]string{`{}`}, 4400, `Unknown message type "".`},
		"another type":                      {[]string{`{"type":"start"}`}, 4400, `Unknown message type "start".`},
		"a type that is no text":            {[]string{`{"type":1}`}, 4400, `A message is a JSON object with a "type".`},
		"an id that is no text":             {[]string{hello, `{"id":1,"type":"complete"}`}, 4400, `A message is a JSON object with a "type".`},
		"an operation without an id":        {[]string{hello, `{"type":"subscribe","payload":{"query":"{ hello }"}}`}, 4400, `"subscribe" needs an "id".`},
		"an operation without a payload":    {[]string{hello, `{"id":"a","type":"subscribe"}`}, 4400, "The body is empty"},
		"an operation without a document":   {[]string{hello, `{"id":"a","type":"subscribe","payload":{}}`}, 4400, "The request has no document"},
		"variables that are no object":      {[]string{hello, `{"id":"a","type":"subscribe","payload":{"query":"{ hello }","variables":1}}`}, 4400, `"variables" must be an object`},
		"an end without an id":              {[]string{hello, `{"type":"complete"}`}, 4400, `"complete" needs the "id" of a subscription.`},
		"a greeting that is no object":      {[]string{`{"type":"connection_init","payload":[]}`}, 4400, `The payload of "connection_init" must be an object.`},
		"a token that is no text":           {[]string{`{"type":"connection_init","payload":{"authorization":7}}`}, 4400, `"Authorization" must be a string`},
		"a wrong token":                     {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer nonsense"}}`}, 4403, auth.ErrInvalidToken.Error()},
		"a token that has expired":          {[]string{`{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer ` + expiredToken + `"}}}`}, 4403, auth.ErrInvalidToken.Error()},
		"a token that cannot be checked":    {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer ` + faultyToken + `"}}`}, 1013, "Something went wrong on our side."},
		"a message that is larger than may": {[]string{`{"type":"ping","payload":{"x":"` + strings.Repeat("x", 64<<10) + `"}}`}, 1009, ""},
	} {
		k := node.dial(t)
		k.send(c.send...)
		if reason := k.closed(c.code); !strings.HasPrefix(reason, c.reason) {
			t.Errorf("%s: closed with %q, want %q", name, reason, c.reason)
		}
	}
}

func TestABinaryMessageClosesTheSocket(t *testing.T) {
	k := serve(t, nil).dial(t)
	if err := k.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	k.closed(4400)
}

func TestAnotherSubprotocolClosesTheSocket(t *testing.T) {
	serve(t, nil).dial(t, "Sec-Websocket-Protocol", "graphql-ws").closed(4406)
}

func TestASocketWithoutConnectionInitIsClosed(t *testing.T) {
	node := serve(t, nil, func(c *config) { c.HTTP.Limits.InitTimeout = 50 * time.Millisecond })
	if reason := node.dial(t).closed(4408); reason != "Connection initialisation timeout" {
		t.Errorf("closed with %q", reason)
	}
}

func TestASocketAnswersPings(t *testing.T) {
	k := serve(t, nil).dial(t)
	k.send(`{"type":"ping"}`, `{"type":"ping","payload":{"n":1}}`, `{"type":"pong"}`, `{"type":"connection_init","payload":null}`)
	k.receives(`{"type":"pong"}`, `{"type":"pong","payload":{"n":1}}`, `{"type":"connection_ack"}`)
}

func TestASubscriptionGetsEvents(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	k := node.initialized(t)
	k.subscribe("a", "subscription { ticks }")
	k.subscribe(`"b"`, "subscription Named { now: ticks }")
	ticks.waitForSubscribers(t, 2)

	ticks.publish("one")

	want := map[string]bool{
		`{"id":"a","type":"next","payload":{"data":{"ticks":"one"}}}`:   true,
		`{"id":"\"b\"","type":"next","payload":{"data":{"now":"one"}}}`: true,
	}
	for range 2 {
		_, got, err := k.ReadMessage()
		if err != nil || !want[string(got)] {
			t.Errorf("got %s, %v", got, err)
		}
		delete(want, string(got))
	}
}

func TestTheIDOfACompletedSubscriptionCanBeReused(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	k := node.initialized(t)
	k.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	k.send(`{"id":"a","type":"complete"}`, `{"id":"a","type":"complete"}`, `{"id":"unknown","type":"complete"}`)
	ticks.waitForSubscribers(t, 0)
	ticks.publish("to nobody")
	k.subscribe("a", "{ hello }")

	k.receives(`{"id":"a","type":"next","payload":{"data":{"hello":"hello"}}}`, `{"id":"a","type":"complete"}`)
}

func TestQueriesAndMutationsRunOverASocket(t *testing.T) {
	k := serve(t, nil).dial(t)
	k.send(`{"type":"connection_init"}`)
	k.receives(`{"type":"connection_ack"}`)
	k.subscribe("q", "{ hello }")
	k.receives(`{"id":"q","type":"next","payload":{"data":{"hello":"hello"}}}`, `{"id":"q","type":"complete"}`)
	k.subscribe("m", "mutation { signIn }")
	k.receives(`{"id":"m","type":"next","payload":{"data":{"signIn":"signIn"}}}`, `{"id":"m","type":"complete"}`)
}

func TestARejectedOperationDoesNotCloseTheSocket(t *testing.T) {
	k := serve(t, newTicks().fields()).dial(t)
	k.send(`{"type":"connection_init"}`)
	k.receives(`{"type":"connection_ack"}`)

	k.subscribe("anonymous", "subscription { ticks }")
	k.receives(`{"id":"anonymous","type":"error","payload":[{"message":"Sign in first: \"ticks\" needs an access token.","extensions":{"code":"UNAUTHENTICATED"}}]}`)
	k.subscribe("wrong", "subscription { tocks }")
	_, got, err := k.ReadMessage()
	if err != nil || !strings.HasPrefix(string(got), `{"id":"wrong","type":"error","payload":[{"message":"Cannot query field`) {
		t.Errorf("got %s, %v", got, err)
	}
	k.subscribe("right", "{ hello }")
	k.receives(`{"id":"right","type":"next","payload":{"data":{"hello":"hello"}}}`)
}

func TestTheTokenMayComeWithTheUpgradeRequest(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	k := node.dial(t, "Authorization", "Bearer "+associateToken)
	k.send(`{"type":"connection_init","payload":{}}`)
	k.receives(`{"type":"connection_ack"}`)
	k.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	expired := node.dial(t, "Authorization", "Bearer "+expiredToken)
	expired.send(`{"type":"connection_init"}`)
	expired.closed(4403)
}

func TestTheOperationsOfASocketAreLimited(t *testing.T) {
	ticks := newTicks()
	k := serve(t, ticks.fields(), func(c *config) { c.HTTP.Limits.SocketOperations = 2 }).initialized(t)
	k.subscribe("a", "subscription { ticks }")
	k.subscribe("b", "subscription { ticks }")
	ticks.waitForSubscribers(t, 2)

	k.subscribe("c", "subscription { ticks }")
	k.receives(`{"id":"c","type":"error","payload":[{"message":"This socket has 2 operations, the limit: complete one first.","extensions":{"code":"LIMIT_EXCEEDED"}}]}`)

	k.send(`{"id":"a","type":"complete"}`)
	ticks.waitForSubscribers(t, 1)
	k.subscribe("c", "subscription { ticks }")
	ticks.waitForSubscribers(t, 2)
}

// expiring sets the time until the associate's token expires.
func expiring(left time.Duration) func(*config) {
	return func(c *config) {
		c.Verify = func(context.Context, string) (auth.Viewer, error) {
			v := associate
			v.ExpiresAt = time.Now().Add(left)
			return v, nil
		}
	}
}

// Verification accepts a token for some seconds after its expiry.
func TestASocketIsRefusedWithAnExpiredToken(t *testing.T) {
	k := serve(t, nil, expiring(-time.Second)).dial(t, "Authorization", "Bearer "+associateToken)

	k.send(`{"type":"connection_init"}`)

	if reason := k.closed(4403); reason != auth.ErrTokenExpired.Error() {
		t.Errorf("closed with %q", reason)
	}
}

func TestASocketEndsWhenItsTokenExpires(t *testing.T) {
	ticks := newTicks()
	k := serve(t, ticks.fields(), expiring(3*time.Second)).initialized(t)
	k.subscribe("a", "subscription { ticks }")

	if reason := k.closed(4403); reason != auth.ErrTokenExpired.Error() {
		t.Errorf("closed with %q", reason)
	}
	ticks.waitForSubscribers(t, 0)
}

func TestADrainClosesSocketsWithServiceRestart(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields())
	k := node.initialized(t)
	k.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	node.stop()

	if reason := k.closed(1012); reason != "The server is restarting. Reconnect." {
		t.Errorf("closed with %q", reason)
	}
	if err := <-node.done; err != nil {
		t.Error(err)
	}
	ticks.waitForSubscribers(t, 0)
}

func TestASocketWithoutPongsIsClosed(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields(), func(c *config) { c.HTTP.Limits.PongTimeout = 3 * time.Second })
	alive, dead := node.initialized(t), node.initialized(t)
	dead.subscribe("a", "subscription { ticks }")
	alive.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 2)

	read := make(chan error, 1)
	go func() { // reading sends pongs
		_, _, err := alive.ReadMessage()
		read <- err
	}()
	_, err := io.Copy(io.Discard, dead.NetConn())
	if err != nil {
		t.Errorf("the connection of a client without pongs: %v, want an error", err)
	}
	ticks.waitForSubscribers(t, 1)
	ticks.publish("still here")
	if err := <-read; err != nil {
		t.Errorf("the client that sends pongs: %v", err)
	}
}

func TestASubscriberThatDoesNotReadIsDisconnected(t *testing.T) {
	const much, many = 64 << 10, 400
	ticks := newTicks()
	node := serve(t, ticks.fields(), func(c *config) { c.HTTP.Limits.WriteTimeout = 2 * time.Second })
	deaf, quick := node.initialized(t), node.initialized(t)
	deaf.subscribe("a", "subscription { ticks }")
	quick.subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 2)

	// The quick client reads while events are published, so that only the deaf one exceeds the write timeout.
	read := make(chan error, 1)
	go func() {
		for i := range many {
			_, got, err := quick.ReadMessage()
			if err != nil || !strings.Contains(string(got), fmt.Sprintf(`"ticks":"%d `, i)) {
				read <- fmt.Errorf("event %d: %.60s, %w", i, got, err)
				return
			}
		}
		read <- nil
	}()
	for i := range many {
		ticks.publish(fmt.Sprintf("%d %s", i, strings.Repeat("x", much)))
	}
	if err := <-read; err != nil {
		t.Fatal(err)
	}

	ticks.waitForSubscribers(t, 1)
	if n, _ := io.Copy(io.Discard, deaf.NetConn()); n >= many*much { // the server cuts the connection
		t.Errorf("a client that does not read was sent all %d bytes", n)
	}
}

func TestPagesOfOtherSitesCannotOpenSockets(t *testing.T) {
	node := serve(t, nil)
	for origin, want := range map[string]int{node.api: http.StatusSwitchingProtocols, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden} {
		conn, response, _ := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(node.api, "http")+"/graphql",
			http.Header{"Origin": {origin}, "Sec-Websocket-Protocol": {"graphql-transport-ws"}})
		if response.StatusCode != want {
			t.Errorf("a page of %s got %d, want %d", origin, response.StatusCode, want)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
}
