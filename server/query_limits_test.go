package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"aisle/auth"
	"aisle/gateway"
)

// transports send the JSON of a request as an associate over each transport, and return the response.
var transports = map[string]func(t *testing.T, node *runningServer, body string) payload{
	"POST": func(t *testing.T, node *runningServer, body string) payload {
		t.Helper()
		return node.sendAs(t, associateToken, http.MethodPost, "/graphql", body).payload(t)
	},
	"GET": func(t *testing.T, node *runningServer, body string) payload {
		t.Helper()
		return node.sendAs(t, associateToken, http.MethodGet, address(t, body), "").payload(t)
	},
	"SSE": func(t *testing.T, node *runningServer, body string) payload {
		t.Helper()
		lines := bufio.NewScanner(node.streamOf(t, body).Body)
		lines.Buffer(nil, 10<<20)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return reply{body: data}.payload(t)
			}
		}
		t.Fatalf("no event was received: %v", lines.Err())
		return payload{}
	},
	"WebSocket": func(t *testing.T, node *runningServer, body string) payload {
		t.Helper()
		k := node.initialized(t)
		k.send(`{"id":"a","type":"subscribe","payload":` + body + `}`)
		var message struct {
			Type    string          `json:"type"`
			Payload json.RawMessage `json:"payload"`
		}
		if err := k.ReadJSON(&message); err != nil {
			t.Fatal(err)
		}
		if message.Type == "next" {
			return reply{body: string(message.Payload)}.payload(t)
		}
		var errs []graphqlError
		if err := json.Unmarshal(message.Payload, &errs); err != nil {
			t.Fatalf("%s: %v", message.Payload, err)
		}
		return payload{Errors: errs}
	},
}

// address returns the URL of a GET request that is equivalent to the body of a POST.
func address(t *testing.T, body string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &members); err != nil {
		t.Fatal(err)
	}
	values := url.Values{}
	for name, value := range members {
		text := string(value)
		if name == "query" || name == "operationName" {
			if err := json.Unmarshal(value, &text); err != nil {
				t.Fatal(err)
			}
		}
		values.Set(name, text)
	}
	return "/graphql?" + values.Encode()
}

// sendAs sends a request.
func (r *runningServer) sendAs(t *testing.T, token, method, path, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.api+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return replyOf(response)
}

// aliased returns n fields with aliases.
func aliased(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: hello", i)
	}
	return b.String()
}

func TestEachLimitAcceptsItsMaximumAndRejectsOneMore(t *testing.T) {
	const deep = "{ self { self { self { hello } } } }"
	for name, c := range map[string]struct {
		set      func(l *gateway.Limits)
		at, over string
		message  string
	}{
		"bytes of the document": {
			func(l *gateway.Limits) { l.Document = 10 }, "{  hello }", "{   hello }",
			"The document has 11 bytes, the limit is 10.",
		},
		"tokens": {
			func(l *gateway.Limits) { l.Tokens = 4 }, "{ hello who }", "{ hello who hello }",
			"The document has more than 4 tokens, the limit.",
		},
		"depth": {
			func(l *gateway.Limits) { l.Depth = 4 }, deep, "{ self " + deep + "}",
			"The document is 5 levels deep, the limit is 4.",
		},
		"depth in fragments": {
			func(l *gateway.Limits) { l.Depth = 2 }, "{ ...F } fragment F on Query { ... { self { hello } } }",
			"{ ...F } fragment F on Query { self { ...G } } fragment G on Query { self { hello } }",
			"The document is 3 levels deep, the limit is 2.",
		},
		"root fields": {
			func(l *gateway.Limits) { l.RootFields = 2 }, "{ hello who hello }", "{ hello ...F } fragment F on Query { who a: who }",
			"The document has 3 root fields, the limit is 2.",
		},
		"fields": {
			func(l *gateway.Limits) { l.Fields = 4 }, "{ hello self { hello who } }",
			"{ self { ...F } a: self { ...F } } fragment F on Query { hello who }",
			"The document asks for more than 4 fields, the limit.",
		},
		"one field in one place": {
			func(l *gateway.Limits) { l.Repeats = 3 }, "{ self { who a: who who: who } self { who self { who } } }",
			"{ self { who ...F ... { who } } ...G } fragment F on Query { who } fragment G on Query { self { who } }",
			`The document asks for "who" 4 times in one place, the limit is 3.`,
		},
		"aliases": {
			func(l *gateway.Limits) { l.Aliases = 3 }, "{" + aliased(3) + " hello: hello }", "{" + aliased(2) + "...F } fragment F on Query { b: who c: who }",
			"The document has 4 aliases, the limit is 3.",
		},
		"directives": {
			func(l *gateway.Limits) { l.Directives = 2 }, "{ hello @skip(if: false) who @skip(if: false) }",
			"query($a: Int) { hello @skip(if: false) ... @skip(if: false) { hello } ...F @skip(if: false) } fragment F on Query { who }",
			"The document has 3 directives, the limit is 2.",
		},
		"fragments": {
			func(l *gateway.Limits) { l.Fragments = 1 }, "{ ...F } fragment F on Query { hello }",
			"{ ...F ...G } fragment F on Query { hello } fragment G on Query { hello }",
			"The document has 2 fragments, the limit is 1.",
		},
		"cost": {
			func(l *gateway.Limits) { l.Complexity = 31 }, "{ items(first: 10) { edges { node { name } } } }", "{ items(first: 11) { edges { node { name } } } }",
			"The operation costs 34, the limit is 31: ask for shorter lists, or for fewer fields.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			node := serve(t, nil, func(c2 *config) { c.set(&c2.Limits) })
			for by, send := range transports {
				if errs := send(t, node, bodyOf(c.at, nil)).Errors; len(errs) != 0 {
					t.Errorf("%s: at the limit: %+v", by, errs)
				}
				errs := send(t, node, bodyOf(c.over, nil)).Errors
				if len(errs) != 1 || errs[0].Extensions.Code != "LIMIT_EXCEEDED" || errs[0].Message != c.message {
					t.Errorf("%s: over the limit: %+v", by, errs)
				}
			}
		})
	}
}

// The last error says that there were more.
func TestTheErrorsOfAResponseAreLimited(t *testing.T) {
	const over = "There are 4 errors, the limit is 3: the others are left out."
	failing := resolvers{"secret": func(context.Context, map[string]any) (any, error) { return nil, auth.ErrForbidden }}
	node := serve(t, failing, func(c *config) { c.Limits.Errors = 3 })
	for by, send := range transports {
		for what, field := range map[string]string{"validation": "nothing", "running": "secret"} {
			atLimit := send(t, node, bodyOf("{ a: "+field+" b: "+field+" c: "+field+" }", nil)).Errors
			more := send(t, node, bodyOf("{ a: "+field+" b: "+field+" c: "+field+" d: "+field+" }", nil)).Errors

			if len(atLimit) != 3 || atLimit[2].Extensions.Code == "LIMIT_EXCEEDED" {
				t.Errorf("%s, %s: 3 errors are %+v", by, what, atLimit)
			}
			if len(more) != 4 || more[3].Message != over || more[3].Extensions.Code != "LIMIT_EXCEEDED" {
				t.Errorf("%s, %s: 4 errors are %+v", by, what, more)
			}
		}
	}
}

func TestUnusedCyclicAndDuplicateFragmentsAreRejected(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) { c.Limits.Aliases, c.Limits.Depth = 1000, 100 })
	var doubling, again strings.Builder
	for i := range 40 { // 2^40 fields
		fmt.Fprintf(&doubling, " fragment F%d on Query { a: self { ...F%d } b: self { ...F%d } }", i, i+1, i+1)
		fmt.Fprintf(&again, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	for name, c := range map[string]struct{ document, message string }{
		"a circle":         {"{ ...F } fragment F on Query { self { ...G } } fragment G on Query { ...F }", `Fragment "F" contains itself.`},
		"a circle unused":  {"{ who } fragment F on Query { ...F }", `Fragment "F" is never used.`},
		"one twice":        {"{ ...F } fragment F on Query { who } fragment F on Query { who }", `There can be only one fragment named "F".`},
		"one that is none": {"{ ...F ...F } ", `Unknown fragment "F".`},
		"doubling":         {"{ ...F0 }" + doubling.String() + " fragment F40 on Query { who }", "The document asks for more than 2000 fields, the limit."},
		"again and again": {
			"{ ...F0 }" + again.String() + " fragment F40 on Query { who }",
			"The operation costs 1099511627776, the limit is 250000: ask for shorter lists, or for fewer fields.",
		},
	} {
		got := srv.run("", current, c.document).payload(t)

		if len(got.Errors) == 0 || got.Errors[0].Message != c.message {
			t.Errorf("%s: %+v", name, got.Errors)
		}
	}
}

func TestMessagesOfASocketAreLimited(t *testing.T) {
	node := serve(t, nil, func(c *config) { c.HTTP.Limits.Body = 200 })
	k := node.initialized(t)
	message := `{"id":"a","type":"subscribe","payload":{"query":"{ hello }"}}`

	k.send(message + strings.Repeat(" ", 200-len(message)))
	k.receives(`{"id":"a","type":"next","payload":{"data":{"hello":"hello"}}}`, `{"id":"a","type":"complete"}`)
	k.send(message + strings.Repeat(" ", 201-len(message)))

	k.closed(1009)
}

func TestSubscriptionsOfAViewerAndOfTheNodeAreLimited(t *testing.T) {
	for name, c := range map[string]struct {
		set     func(l *gateway.Limits)
		message string
	}{
		"viewer": {func(l *gateway.Limits) { l.ViewerSubscriptions = 2 }, "You have 2 subscriptions on this server, the limit: end one first."},
		"node":   {func(l *gateway.Limits) { l.NodeSubscriptions = 2 }, "This server has 2 subscriptions, the limit: try again later."},
	} {
		t.Run(name, func(t *testing.T) {
			node := serve(t, newTicks().fields(), func(c2 *config) { c.set(&c2.Limits) })
			first := node.initialized(t)
			first.subscribe("a", "subscription { ticks }")
			node.stream(t, "subscription { ticks }")
			node.hasSubscriptions(t, 2)

			for _, by := range []string{"SSE", "WebSocket"} {
				errs := transports[by](t, node, bodyOf("subscription { ticks }", nil)).Errors
				if len(errs) != 1 || errs[0].Extensions.Code != "LIMIT_EXCEEDED" || errs[0].Message != c.message {
					t.Errorf("%s: %+v", by, errs)
				}
			}
			node.hasSubscriptions(t, 2)
			first.send(`{"id":"a","type":"complete"}`)
			node.hasSubscriptions(t, 1)
			node.stream(t, "subscription { ticks }")
			node.hasSubscriptions(t, 2)
		})
	}
}

// hasSubscriptions waits until the metric counts n subscriptions. It changes after a subscription begins or ends.
func (r *runningServer) hasSubscriptions(t *testing.T, n int) {
	t.Helper()
	eventually(t, strconv.Itoa(n)+" subscriptions are active", func() bool {
		return r.gateway.Subscriptions() == n
	})
}

func TestTheSubscriptionLimitOfAViewerDoesNotAffectOthers(t *testing.T) {
	ticks := newTicks()
	node := serve(t, ticks.fields(), func(c *config) { c.Limits.ViewerSubscriptions = 1 })
	node.initialized(t).subscribe("a", "subscription { ticks }")
	ticks.waitForSubscribers(t, 1)

	other := node.dial(t, "Authorization", "Bearer "+adminToken)
	other.send(`{"type":"connection_init"}`)
	other.receives(`{"type":"connection_ack"}`)
	other.subscribe("a", "subscription { ticks }")

	ticks.waitForSubscribers(t, 2)
}

func TestConnectionsOfTheNodeAreLimited(t *testing.T) {
	const message = "This server has 2 connections open, the limit: try again later."
	node := serve(t, newTicks().fields(), func(c *config) { c.HTTP.Limits.Connections = 2 })
	k := node.initialized(t)
	node.stream(t, "subscription { ticks }")

	refused := node.stream(t, "subscription { ticks }")
	body, err := io.ReadAll(refused.Body)
	if err != nil || refused.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), message) {
		t.Errorf("an event stream: %d %s, %v", refused.StatusCode, body, err)
	}
	if status, text := node.tryUpgrade(t); status != http.StatusServiceUnavailable || text != message {
		t.Errorf("a socket: %d %s", status, text)
	}
	_ = k.Close()
	eventually(t, "a socket is accepted after another was closed", func() bool {
		status, _ := node.tryUpgrade(t)
		return status == http.StatusSwitchingProtocols
	})
}

// tryUpgrade opens a WebSocket and closes it. It returns the status and the body of a rejection.
func (r *runningServer) tryUpgrade(t *testing.T, header ...string) (status int, text string) {
	t.Helper()
	h := http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(r.api, "http")+"/graphql", h)
	if err == nil {
		_ = conn.Close()
	}
	return response.StatusCode, strings.TrimSpace(replyOf(response).body)
}
