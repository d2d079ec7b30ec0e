package graphqlws

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"aisle/auth"
	"aisle/gateway"
	"aisle/telemetry"
)

// connection is one socket.
type connection struct {
	gateway *gateway.Gateway
	metrics *telemetry.Metrics
	limits  Limits
	now     func() time.Time
	client  auth.Client
	conn    *websocket.Conn
	out     *coalescingConn
	end     context.CancelCauseFunc // with a closeError

	// The reading goroutine alone uses these:
	viewer      auth.Viewer
	authErr     error // why there is no viewer although the request had a token
	initialized bool  // connection_init came
	initTimer   *time.Timer
	expiryTimer *time.Timer   // nil for a token that does not expire
	unwatch     func()        // nil before connection_init
	slots       chan struct{} // holds an element for each operation that has not ended; see acquireSlot

	mu         sync.Mutex // of what follows, and of writing messages
	operations map[string]*runningOperation
	unanswered int  // operations that have no response yet, and subscriptions that have not started
	draining   bool // the connection closes when unanswered is 0
	pingTimer  *time.Timer
	running    sync.WaitGroup // the goroutines of operations
}

// runningOperation is the entry of an operation. A completed operation has none; another operation may then have its id.
type runningOperation struct{ cancel context.CancelFunc }

func newConnection(config Config, heldBuffers *sync.Pool, client auth.Client, end context.CancelCauseFunc) *connection {
	return &connection{
		gateway: config.Gateway, metrics: config.Metrics, limits: config.Limits, now: config.Now, client: client,
		out: &coalescingConn{buffers: heldBuffers}, end: end, operations: map[string]*runningOperation{},
		slots: make(chan struct{}, config.Limits.Operations+1),
	}
}
