package resolvers

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/resolvers/hydration"
	"aisle/store"
	"aisle/store/events"
	"aisle/store/stores"
)

// errNoSubscriptionContext is the error for a transport that does not support subscriptions.
var errNoSubscriptionContext = errors.New("the transport of a subscription set no graph.SubscriptionContext")

// subscribe resolves a subscription as graph.SubscriptionContext describes it: the first run sets the source stream, each later run
// returns one event.
func (r *Resolver) subscribe(
	ctx context.Context, parseArguments func() (after *string, f events.Filter, err error),
) (<-chan graph.Event, error) {
	subscriptionContext := graph.GetSubscriptionContext(ctx)
	if subscriptionContext == nil {
		return nil, errNoSubscriptionContext
	}
	response := make(chan graph.Event, 1)
	defer close(response)
	if subscriptionContext.SourceEvent != nil {
		if e, ok := subscriptionContext.SourceEvent.(*hydration.Event); ok {
			response <- e.Event
		}
		return response, nil
	}
	after, filter, err := parseArguments()
	if err != nil {
		return nil, err
	}
	if after != nil && *after == "" { // null starts now; an empty cursor is the mistake of a client that lost its position
		_, err = store.ParsePosition(*after)
		return nil, err
	}
	subscription, err := r.Log.Subscribe(ctx, deref(after), filter)
	if err != nil {
		return nil, err
	}
	subscriptionContext.SourceStream = sourceStream{subscription}
	return response, nil
}

// newEventFilter returns the filter of a viewer's subscription. No types means all types, nil storeIDs all stores.
func (r *Resolver) newEventFilter(ctx context.Context, types []store.EventType, storeIDs []string) (events.Filter, error) {
	l := loaders.FromContext(ctx)
	v := auth.ViewerFromContext(ctx)
	f := events.Filter{Scope: l.Scope, Types: types, ExcludedTypes: hiddenEventTypes(v), Reader: v.ClientID}
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
		return f, store.NewUserError(store.CodeNotFound, "storeId", "There is no store with the id %s.", store.Quote(storeIDs[i]))
	}
	return f, nil
}

// hiddenEventTypes returns the types of events that the viewer may not receive: events about employees, without STAFF_READ.
// EVENTS_READ suffices for all other types.
func hiddenEventTypes(v auth.Viewer) []store.EventType {
	if v.Can(auth.PermissionStaffRead) {
		return nil
	}
	return []store.EventType{
		store.EventEmployeeCreated, store.EventEmployeeUpdated, store.EventEmployeeDeactivated, store.EventEmployeeReactivated,
		store.EventSessionCompromised,
	}
}

// sourceStream is a subscription to the event log as a graph.SourceStream.
type sourceStream struct{ *events.Subscription }

// Next waits for hydrated events.
func (s sourceStream) Next(ctx context.Context) ([]graph.Event, error) {
	for {
		batch, err := s.Subscription.Next(ctx)
		list := make([]graph.Event, 0, len(batch))
		for _, e := range batch {
			if hydrated, ok := e.References.(*hydration.Event); ok {
				list = append(list, hydrated)
			}
		}
		if len(list) > 0 || err != nil {
			return list, err
		}
	}
}

// PrepareEvent returns the context in which the transport runs a subscription for one event. Beyond the event the response shows what
// any employee of the event's store sees (partners: the store only), so that all subscribers with the same role can share it.
func (r *Resolver) PrepareEvent(ctx context.Context, v auth.Viewer, e graph.Event) (context.Context, error) {
	hydrated, ok := e.(*hydration.Event)
	if !ok {
		return nil, errNoSubscriptionContext
	}
	l := r.newLoaders(ctx, hydrated.Scope(v), r.EntityCache)
	hydrated.Prime(l, v)
	return loaders.NewContext(auth.WithViewer(ctx, v), l), nil
}

// loadChanges loads a page of the events of a store that the viewer sees.
func (r *Resolver) loadChanges(ctx context.Context, storeRow *stores.Snapshot, after string, first *int32) (*graph.Changes, error) {
	const defaultFirst, maxFirst = 200, 1000
	n := int32(defaultFirst)
	if first != nil {
		n = *first
	}
	if n < 1 || n > maxFirst {
		return nil, store.NewInputError("first", "first is %d. It must be 1 to %d.", n, maxFirst)
	}
	l := loaders.FromContext(ctx)
	v := auth.ViewerFromContext(ctx)
	f := events.Filter{Scope: l.Scope, Stores: []uuid.UUID{storeRow.ID}, ExcludedTypes: hiddenEventTypes(v), Reader: v.ClientID}
	page, err := r.Log.ReadChanges(ctx, f, after, n)
	if events.NeedsResync(err) {
		return &graph.Changes{Events: []graph.Event{}, Cursor: l.Cursor, ResyncRequired: true}, nil
	}
	if err != nil {
		return nil, err
	}
	c := &graph.Changes{Events: make([]graph.Event, 0, len(page.Events)), Cursor: page.Cursor, HasMore: page.HasMore}
	for _, e := range page.Events {
		decoded, err := hydration.Decode(e, storeRow)
		if errors.Is(err, hydration.ErrUnknownType) {
			continue
		}
		if err != nil {
			return nil, err
		}
		decoded.PrimeSteps(l)
		c.Events = append(c.Events, decoded.Event)
	}
	return c, nil
}
