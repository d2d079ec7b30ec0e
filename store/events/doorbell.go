package events

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"aisle/store"
)

// doorbell is the channel of Redis on which nodes tell each other that there is something new. No event goes over it:
// when a ring is lost the others find the events at their next look.
const doorbell = "aisle:events"

// RunNotifier tells the other nodes what was rung here, until ctx ends. Rings that come together become one: nobody reads the log more
// often.
func (l *Log) RunNotifier(ctx context.Context) error {
	if l.config.Redis == nil {
		<-ctx.Done()
		return nil
	}
	again(ctx, func() error {
		for {
			select {
			case <-l.rung:
			case <-ctx.Done():
				return nil
			}
			if err := l.publish(ctx); err != nil {
				return err
			}
			store.SleepContext(ctx, shortest)
		}
	})
	return nil
}

func (l *Log) publish(ctx context.Context) error {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return l.config.Redis.Publish(ctx, doorbell, "").Err() //nolint:wrapcheck // nobody reads it: the others look anyway
}

// RunListener rings here what was rung elsewhere, until ctx ends.
func (l *Log) RunListener(ctx context.Context) error {
	if l.config.Redis == nil {
		<-ctx.Done()
		return nil
	}
	away := false
	again(ctx, func() error {
		err := l.hear(ctx, func() {
			if away {
				away = false
				l.config.Log.InfoContext(ctx, "the doorbell of the log of events is heard again")
			}
		})
		if ctx.Err() == nil && !away {
			away = true
			l.config.Log.WarnContext(ctx, "Redis is away: other nodes' events are found by looking for them, which takes longer", "error", err)
		}
		return err
	})
	return nil
}

// hear listens over one connection, until it breaks or ctx ends. It calls connected once it stands.
func (l *Log) hear(ctx context.Context, connected func()) error {
	subscription := l.config.Redis.Subscribe(ctx, doorbell)
	defer subscription.Close()                                          //nolint:errcheck // nothing is left to say
	defer context.AfterFunc(ctx, func() { _ = subscription.Close() })() // it ends the waiting
	const silence = 2 * time.Second                                     // after which the connection is tried
	asked := false
	for {
		message, err := subscription.ReceiveTimeout(ctx, silence)
		var slow net.Error
		switch {
		case err == nil:
			asked = false
		case errors.As(err, &slow) && slow.Timeout() && !asked:
			asked = true
			err = subscription.Ping(ctx)
		}
		if err != nil {
			return fmt.Errorf("listen on Redis: %w", err)
		}
		switch message.(type) {
		case *redis.Subscription:
			connected()
		case *redis.Message:
			select {
			case l.bell <- struct{}{}:
			default: // it rings already
			}
		}
	}
}

// again runs f until ctx ends. After an error it waits, longer each time that it fails quickly.
func again(ctx context.Context, f func() error) {
	const least, most = 100 * time.Millisecond, 2 * time.Second
	wait := least
	for ctx.Err() == nil {
		begun := time.Now()
		if f() == nil {
			continue
		}
		if time.Since(begun) > most {
			wait = least
		}
		store.SleepContext(ctx, wait)
		wait = min(2*wait, most)
	}
}
