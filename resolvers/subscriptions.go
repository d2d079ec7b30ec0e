package resolvers

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/events"
	"aisle/store/stores"
)

// errNoFeed is the answer of a transport that cannot stream.
var errNoFeed = errors.New("a subscription was run by a transport without a feed")

// follow answers a subscription, as graph.Feed has it: first with the source that the transport reads, then with one
// event at a time.
func (r *Resolver) follow(ctx context.Context, open func() (after *string, f events.Filter, err error)) (<-chan graph.Event, error) {
	feed := graph.GetSubscriptionContext(ctx)
	if feed == nil {
		return nil, errNoFeed
	}
	answers := make(chan graph.Event, 1)
	defer close(answers)
	if feed.SourceEvent != nil {
		if e, ok := feed.SourceEvent.(*happened); ok {
			answers <- e.Event
		}
		return answers, nil
	}
	after, filter, err := open()
	if err != nil {
		return nil, err
	}
	if after != nil && *after == "" { // only who leaves it out begins now: an app that has lost its place is to know
		_, err = store.ParsePosition(*after)
		return nil, err
	}
	subscription, err := r.Log.Subscribe(ctx, orZero(after), filter)
	if err != nil {
		return nil, err
	}
	feed.SourceStream = source{subscription}
	return answers, nil
}

// filter is what a viewer wants to follow.
func (r *Resolver) filter(ctx context.Context, types []store.EventType, storeIDs []string) (events.Filter, error) {
	l := loaders.FromContext(ctx)
	v := auth.ViewerFromContext(ctx)
	f := events.Filter{Scope: l.Scope, Types: types, ExcludedTypes: hidden(v), Reader: v.ClientID}
	if storeIDs == nil {
		return f, nil
	}
	f.Stores = make([]uuid.UUID, len(storeIDs))
	for i, id := range storeIDs {
		var err error
		if f.Stores[i], err = store.ParseID(stores.StorePrefix, id); err != nil {
			return f, err
		}
	}
	found, err := l.Stores().Stores.LoadMany(ctx, f.Stores)
	if err != nil {
		return f, err
	}
	if i := slices.Index(found, nil); i >= 0 {
		return f, store.NewUserError(store.CodeNotFound, "storeId", "There is no store with the id %q.", storeIDs[i])
	}
	return f, nil
}

// hidden are the types of events that a viewer may not see: those about people, without the permission to read them. Whoever
// has EVENTS_READ may read what the other types show.
func hidden(v auth.Viewer) []store.EventType {
	if v.Can(auth.PermissionStaffRead) {
		return nil
	}
	return []store.EventType{store.EventEmployeeChanged, store.EventSessionCompromised}
}

// source is a subscription as transports read it.
type source struct{ *events.Subscription }

// Next waits for events that can be shown.
func (s source) Next(ctx context.Context) ([]graph.Event, error) {
	for {
		batch, err := s.Subscription.Next(ctx)
		list := make([]graph.Event, 0, len(batch))
		for _, e := range batch {
			if shown, ok := e.References.(*happened); ok {
				list = append(list, shown)
			}
		}
		if len(list) > 0 || err != nil {
			return list, err
		}
	}
}

// PrepareEvent gives the context of one event what resolvers need of it. Beyond the event itself it shows what anybody
// in its store sees, to partners only the store, so that what is made of it can be sent to all of a role who follow the store.
func (r *Resolver) PrepareEvent(ctx context.Context, v auth.Viewer, e graph.Event) (context.Context, error) {
	shown, ok := e.(*happened)
	if !ok {
		return nil, errNoFeed
	}
	l := r.fresh(ctx, shown.scope(v), r.EntityCache)
	shown.prime(l, v)
	return loaders.NewContext(auth.WithViewer(ctx, v), l), nil
}

// changes reads a part of the log for a viewer who sees the store.
func (r *Resolver) changes(ctx context.Context, at *stores.Snapshot, after string, first *int32) (*graph.Changes, error) {
	const usual, most = 200, 1000
	n := int32(usual)
	if first != nil {
		n = *first
	}
	if n < 1 || n > most {
		return nil, store.NewInputError("first", "first is %d, and must be 1 to %d.", n, most)
	}
	l := loaders.FromContext(ctx)
	v := auth.ViewerFromContext(ctx)
	f := events.Filter{Scope: l.Scope, Stores: []uuid.UUID{at.ID}, ExcludedTypes: hidden(v), Reader: v.ClientID}
	page, err := r.Log.ReadChanges(ctx, f, after, n)
	if events.NeedsResync(err) {
		return &graph.Changes{Events: []graph.Event{}, Cursor: l.Cursor, ResyncRequired: true}, nil
	}
	if err != nil {
		return nil, err
	}
	c := &graph.Changes{Events: make([]graph.Event, 0, len(page.Events)), Cursor: page.Cursor, HasMore: page.HasMore}
	for _, e := range page.Events {
		shown, err := shape(e, at)
		if errors.Is(err, errUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		shown.know(l)
		c.Events = append(c.Events, shown.Event)
	}
	return c, nil
}
