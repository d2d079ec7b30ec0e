package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/redis/go-redis/v9"

	"aisle/store"
)

// notifyChannel is the Redis channel on which nodes tell each other that events were committed. Messages are empty: when one
// is lost, the other nodes find the events by polling.
const notifyChannel = "aisle:events"

// A notifier wakes the tailers of this node and, through Redis, of the others.
type notifier struct {
	redis redis.UniversalClient // nil for a single node
	log   *slog.Logger

	local  chan struct{} // wakes this node's tailer
	remote chan struct{} // wakes publish
}

func newNotifier(client redis.UniversalClient, log *slog.Logger) *notifier {
	return &notifier{redis: client, log: log, local: make(chan struct{}, 1), remote: make(chan struct{}, 1)}
}

// notify reports that events were committed on this node. It never blocks.
func (n *notifier) notify() {
	signal(n.local)
	signal(n.remote)
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // a signal is pending
	}
}

// publish sends this node's notifications to the others until ctx ends. It combines those that come close together.
func (n *notifier) publish(ctx context.Context) error {
	if n.redis == nil {
		<-ctx.Done()
		return nil
	}
	retryUntilDone(ctx, func() error {
		for {
			select {
			case <-n.remote:
			case <-ctx.Done():
				return nil
			}
			if err := n.publishOnce(ctx); err != nil {
				return err
			}
			store.SleepContext(ctx, minDelay)
		}
	})
	return nil
}

func (n *notifier) publishOnce(ctx context.Context) error {
	const publishTimeout = time.Second
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	return n.redis.Publish(ctx, notifyChannel, "").Err() //nolint:wrapcheck // not reported: the other nodes poll
}

// listen wakes this node's tailer when other nodes publish, until ctx ends.
func (n *notifier) listen(ctx context.Context) error {
	if n.redis == nil {
		<-ctx.Done()
		return nil
	}
	disconnected := false
	retryUntilDone(ctx, func() error {
		err := n.receive(ctx, func() {
			if disconnected {
				disconnected = false
				n.log.InfoContext(ctx, "receiving event notifications from Redis again")
			}
		})
		if ctx.Err() == nil && !disconnected {
			disconnected = true
			n.log.WarnContext(ctx, "cannot receive event notifications from Redis; polling for other nodes' events, which takes longer",
				"error", err)
		}
		return err
	})
	return nil
}

// receive listens on one connection until it fails or ctx ends. It calls onConnect when the subscription is established.
func (n *notifier) receive(ctx context.Context, onConnect func()) error {
	subscription := n.redis.Subscribe(ctx, notifyChannel)
	defer subscription.Close()                                          //nolint:errcheck // nothing is left to send
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })() // ends ReceiveTimeout
	const pingAfter = 2 * time.Second                                   // without a message
	pinged := false
	for {
		message, err := subscription.ReceiveTimeout(ctx, pingAfter)
		var netErr net.Error
		switch {
		case err == nil:
			pinged = false
		case errors.As(err, &netErr) && netErr.Timeout() && !pinged:
			pinged = true
			err = subscription.Ping(ctx)
		}
		if err != nil {
			return fmt.Errorf("listen on Redis: %w", err)
		}
		switch message.(type) {
		case *redis.Subscription:
			onConnect()
		case *redis.Message:
			signal(n.local)
		}
	}
}

// retryUntilDone runs f again and again until ctx ends. After an error it waits, with exponential backoff. A run that
// lasted longer than the longest delay resets the backoff.
func retryUntilDone(ctx context.Context, f func() error) {
	const minRetryDelay, maxRetryDelay = 100 * time.Millisecond, 2 * time.Second
	backoff := retrypolicy.NewBuilder[any]().WithBackoff(minRetryDelay, maxRetryDelay).WithMaxRetries(-1).Build()
	for ctx.Err() == nil {
		_ = failsafe.With(backoff).WithContext(ctx).Run(func() error { // it ends with ctx, or without an error
			started := time.Now()
			if err := f(); time.Since(started) <= maxRetryDelay {
				return err
			}
			store.SleepContext(ctx, minRetryDelay)
			return nil
		})
	}
}
