package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/server"
)

// A runningServer serves on two ports until it is stopped.
type runningServer struct {
	*testServer

	api, admin string // URLs
	stop       context.CancelFunc
	done       <-chan error
}

func serve(t *testing.T, fields resolvers, change ...func(*config)) *runningServer {
	t.Helper()
	return newTestServer(t, fields, change...).serve(t)
}

func (e *testServer) serve(t *testing.T) *runningServer {
	t.Helper()
	api, admin := listen(t), listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serveBoth(ctx, e.Server, api, admin) }()
	t.Cleanup(func() {
		stop()
		http.DefaultClient.CloseIdleConnections()
	})
	return &runningServer{e, "http://" + api.Addr().String(), "http://" + admin.Addr().String(), stop, done}
}

// serveBoth serves both ports as a node does: the admin port stays open until the API has stopped.
func serveBoth(ctx context.Context, s *server.Server, api, admin net.Listener) error {
	longer, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return s.ServeAdmin(longer, admin) })
	err := s.ServeAPI(ctx, api)
	stop()
	return errors.Join(err, group.Wait())
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func (r *runningServer) get(t *testing.T, url string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return replyOf(response)
}

// post sends { who } and delivers the response.
func (r *runningServer) post(t *testing.T) <-chan reply {
	t.Helper()
	body := strings.NewReader(`{"query":"{ who }"}`)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.api+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answers := make(chan reply, 1)
	go func() {
		defer close(answers)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			answers <- replyOf(response)
		}
	}()
	return answers
}

func (r *runningServer) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(eventuallyTimeout):
		t.Fatal("the server does not stop")
		return nil
	}
}

func dial(t *testing.T, url string) (net.Conn, error) {
	t.Helper()
	return (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
}

// untilRefused waits until connections are refused.
func untilRefused(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(eventuallyTimeout); time.Now().Before(deadline); {
		connection, err := dial(t, url)
		if err != nil {
			return
		}
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("%s still listens", url)
}

func TestServeAnswersOnBothPorts(t *testing.T) {
	r := serve(t, nil)

	r.get(t, r.api+"/livez").want(t, 200, "alive")
	r.get(t, r.api+"/readyz").want(t, 200, "ready")
	r.get(t, r.admin+"/livez").want(t, 200, "alive")
	r.get(t, r.admin+"/readyz").want(t, 200, "ready")
	if got := <-r.post(t); got.status != 200 {
		t.Errorf("%v", got)
	}
	for path, status := range map[string]int{"/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/goroutine": 200} {
		if got := r.get(t, r.admin+path); got.status != status {
			t.Errorf("%s on the admin port: %d", path, got.status)
		}
		if got := r.get(t, r.api+path); got.status != 404 {
			t.Errorf("%s on the API's port: %d", path, got.status)
		}
	}

	r.stop()
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

func TestShutdownFinishesRunningRequests(t *testing.T) {
	begun, proceed := make(chan struct{}), make(chan struct{})
	r := serve(t, resolvers{"who": func(ctx context.Context, _ map[string]any) (any, error) {
		close(begun)
		select {
		case <-proceed:
			return "finished", nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}})
	answers := r.post(t)
	<-begun

	r.stop()
	untilRefused(t, r.api)
	r.get(t, r.admin+"/readyz").want(t, 503, "draining")
	r.get(t, r.admin+"/livez").want(t, 200, "alive")
	close(proceed)

	got := <-answers
	got.want(t, 200, `{"data":{"who":"finished"}}`)
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}

func TestRequestsAreCutOffAfterShutdownTimeout(t *testing.T) {
	begun, released := make(chan struct{}), make(chan struct{})
	r := serve(t, resolvers{"who": func(ctx context.Context, _ map[string]any) (any, error) {
		close(begun)
		<-ctx.Done()
		close(released)
		return nil, ctx.Err()
	}}, func(c *config) { c.HTTP.Limits.ShutdownTimeout = 10 * time.Millisecond })
	answers := r.post(t)
	<-begun

	r.stop()

	err := r.ended(t)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "requests were still running after 10ms") {
		t.Errorf("got %v", err)
	}
	<-released
	<-answers
}

func TestServingEndsWhenTheListenerFails(t *testing.T) {
	srv := newTestServer(t, nil)
	api := listen(t)
	if err := api.Close(); err != nil {
		t.Fatal(err)
	}

	err := srv.ServeAPI(t.Context(), api)

	if !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), api.Addr().String()) {
		t.Errorf("got %v", err)
	}
}

func TestTheAPICanBeServedAgain(t *testing.T) {
	r := serve(t, nil)
	r.stop()
	if err := r.ended(t); err != nil {
		t.Fatal(err)
	}

	again := r.serve(t)

	again.get(t, again.api+"/readyz").want(t, 200, "ready")
	if got := <-again.post(t); got.status != 200 {
		t.Errorf("%v", got)
	}
	again.stop()
	if err := again.ended(t); err != nil {
		t.Error(err)
	}
}

func TestASlowBodyTimesOut(t *testing.T) {
	r := serve(t, nil, func(c *config) { c.HTTP.Limits.ReadTimeout = time.Second })
	connection, err := dial(t, r.api)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // what was read from it is what counts

	_, err = io.WriteString(connection, "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{")
	if err != nil {
		t.Fatal(err)
	}

	got, err := io.ReadAll(connection)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 408 ") || !strings.Contains(string(got), "The body took too long to arrive.") {
		t.Errorf("%v %s", err, got)
	}
	r.stop()
	if err := r.ended(t); err != nil {
		t.Error(err)
	}
}
