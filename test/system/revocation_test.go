package system_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// signIn signs in and returns the access token and the viewer's id.
func (p *serveProcess) signIn(t *testing.T, login string) (token, id string) {
	t.Helper()
	got := p.ask(t, "", `mutation { signIn(input: {login: "`+login+`", password: "aisle-demo"}) { session { accessToken } viewer { employee { id } } } }`)
	m := regexp.MustCompile(`"accessToken":"([^"]+)".*"id":"([^"]+)"`).FindStringSubmatch(got)
	if m == nil {
		t.Fatalf("%s cannot sign in: %s", login, got)
	}
	return m[1], m[2]
}

// socket opens a WebSocket with a token.
func (p *serveProcess) socket(t *testing.T, token string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: 10 * time.Second}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(p.api, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	greeting := `{"type":"connection_init","payload":{"authorization":"Bearer ` + token + `"}}`
	if err := conn.WriteMessage(websocket.TextMessage, []byte(greeting)); err != nil {
		t.Fatal(err)
	}
	if _, ack, err := conn.ReadMessage(); err != nil || string(ack) != `{"type":"connection_ack"}` {
		t.Fatalf("%s, %v", ack, err)
	}
	return conn
}

// A revocation on one node reaches the other without Redis.
func TestRevocationReachesEveryNodeWithin5Seconds(t *testing.T) {
	t.Parallel()
	const within, events = 5 * time.Second, `subscription { events { type } }`
	databaseURL := demoDatabase(t, 1)
	here, there := startNode(t, databaseURL, "redis://127.0.0.1:1"), startNode(t, databaseURL, "redis://127.0.0.1:1")
	defer here.stop(t)
	defer there.stop(t)
	admin, _ := here.signIn(t, "admin")
	for what, end := range map[string]struct {
		login string
		by    func(token, id string) (answer string)
		well  string
	}{
		"signing out": {"supervisor.1", func(token, _ string) string {
			return here.ask(t, token, `mutation { signOut { userErrors { code } } }`)
		}, `{"data":{"signOut":{"userErrors":[]}}`},
		"being deactivated": {"associate.1", func(_, id string) string {
			return here.ask(t, admin, `mutation { deactivateEmployee(input: {employeeId: "`+id+`"}) { userErrors { code } } }`)
		}, `{"data":{"deactivateEmployee":{"userErrors":[]}}`},
		"being moved": {"manager.1", func(_, id string) string {
			return here.ask(t, admin, `mutation { moveEmployee(input: {employeeId: "`+id+`", role: ADMIN, storeId: null}) { userErrors { code } } }`)
		}, `{"data":{"moveEmployee":{"userErrors":[]}}`},
	} {
		token, id := there.signIn(t, end.login)
		socket := there.socket(t, token)
		stream := there.post(t, token, "text/event-stream", events)

		answer := end.by(token, id)

		started := time.Now()
		late := time.AfterFunc(within, func() { _ = stream.Body.Close() }) // otherwise it stays open until the token expires
		_ = socket.SetReadDeadline(started.Add(within))
		_, message, err := socket.ReadMessage()
		if why := new(websocket.CloseError); !errors.As(err, &why) || why.Code != 4403 {
			t.Errorf("%s: the WebSocket gets %s, %v", what, message, err)
		}
		rest, err := io.ReadAll(stream.Body)
		late.Stop()
		_ = stream.Body.Close()
		took := time.Since(started)
		if !strings.HasPrefix(answer, end.well) {
			t.Errorf("%s: the response is %s", what, answer)
		}
		t.Logf("%s: the socket and the stream have ended after %v", what, took)
		if err != nil || !strings.Contains(string(rest), `"code":"UNAUTHENTICATED"`) || took > within {
			t.Errorf("%s: after %v the stream ends with %s, %v", what, took, rest, err)
		}
		if got := there.ask(t, token, `{ viewer { id } }`); !strings.Contains(got, "UNAUTHENTICATED") {
			t.Errorf("%s: the response to the token is %s", what, got)
		}
	}
	if got := there.ask(t, admin, `{ viewer { role } }`); !strings.HasPrefix(got, `{"data":{"viewer":{"role":"ADMIN"}}`) {
		t.Errorf("the response to another session is %s", got)
	}
}
