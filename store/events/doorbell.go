package events

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// doorbell is the channel of Redis on which nodes tell each other that there is something new. No event goes over it:
// when a ring is lost the others find the events at their next look.
const doorbell = "aisle:events"

// announce tells the other nodes what was rung here, until ctx ends. While Redis is slow, rings become one.
func (l *Log) announce(ctx context.Context) {
	for {
		select {
		case <-l.rung:
		case <-ctx.Done():
			return
		}
		const patience = time.Second
		publish, cancel := context.WithTimeout(ctx, patience)
		_ = l.config.Redis.Publish(publish, doorbell, "").Err() // the others look anyway, only later
		cancel()
	}
}

// listen rings here what was rung elsewhere, until ctx ends. The client connects again by itself.
func (l *Log) listen(ctx context.Context) {
	subscription := l.config.Redis.Subscribe(ctx, doorbell)
	defer subscription.Close() //nolint:errcheck // nothing is left to say
	rings := subscription.Channel(redis.WithChannelHealthCheckInterval(time.Second))
	for {
		select {
		case _, open := <-rings:
			if !open {
				return
			}
			select {
			case l.bell <- struct{}{}:
			default:
			}
		case <-ctx.Done():
			return
		}
	}
}
