package resolvers

import (
	"bytes"
	"context"
	"errors"
	"maps"
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
	subscription, err := r.Log.Subscribe(ctx, store.Deref(after), filter)
	if err != nil {
		return nil, err
	}
	subscriptionContext.SourceStream = sourceStream{subscription}
	return response, nil
}

// An eventSelection holds the arguments that select events.
type eventSelection struct {
	types      []store.EventType // nil for all
	storeIDs   []string          // the selected stores are these and those of storeCodes; all stores and the chain if both are nil
	storeCodes []string
}

// newEventFilter returns the filter of what a viewer selects.
func (r *Resolver) newEventFilter(ctx context.Context, s eventSelection) (events.Filter, error) {
	l := loaders.FromContext(ctx)
	v := auth.ViewerFromContext(ctx)
	f := events.Filter{Scope: l.Scope, Types: s.types, ExcludedTypes: hiddenEventTypes(v), Reader: v.ClientID}
	if s.storeIDs == nil && s.storeCodes == nil {
		return f, nil
	}
	byID, err := loadStoresByID(ctx, s.storeIDs)
	if err != nil {
		return f, err
	}
	byCode, err := r.findStoresByCode(ctx, s.storeCodes)
	if err != nil {
		return f, err
	}
	f.Stores = append(make([]uuid.UUID, 0, len(byID)+len(byCode)), byID...) // not nil, which selects all stores
	f.Stores = append(f.Stores, byCode...)
	slices.SortFunc(f.Stores, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	f.Stores = slices.Compact(f.Stores)
	return f, nil
}

// loadStoresByID returns the stores with the ids, which must all be in the viewer's scope.
func loadStoresByID(ctx context.Context, ids []string) ([]uuid.UUID, error) {
	parsed := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		var err error
		if parsed[i], err = parseID(indexed("storeIds", i), stores.StorePrefix, id); err != nil {
			return nil, err
		}
	}
	if len(parsed) == 0 {
		return parsed, nil
	}
	found, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, parsed)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(found, nil); i >= 0 {
		return nil, store.NewUserError(store.CodeNotFound, indexed("storeIds", i), "There is no store with the id %s.", store.Quote(ids[i]))
	}
	return parsed, nil
}

// findStoresByCode returns the stores with the codes, which must all be in the viewer's scope.
func (r *Resolver) findStoresByCode(ctx context.Context, codes []string) ([]uuid.UUID, error) {
	found, err := r.findStores(ctx, loaders.FromContext(ctx).Scope, uniqueTexts(codes))
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(codes))
	for i, code := range codes {
		at := found[code]
		if at == nil {
			return nil, store.NewUserError(store.CodeNotFound, indexed("storeCodes", i), "There is no store with the code %s.", store.Quote(code))
		}
		ids[i] = at.ID
	}
	return ids, nil
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

// Next waits for hydrated events and checkpoints.
func (s sourceStream) Next(ctx context.Context) ([]graph.Event, error) {
	for {
		batch, err := s.Subscription.Next(ctx)
		list := make([]graph.Event, 0, len(batch))
		for _, e := range batch {
			if e.Type == store.EventCheckpoint {
				list = append(list, hydration.NewCheckpoint(e))
			} else if hydrated, ok := e.References.(*hydration.Event); ok {
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

// loadChanges loads a page of the events that the viewer selects.
func (r *Resolver) loadChanges(ctx context.Context, s eventSelection, after string, first *int32) (*graph.Changes, error) {
	const defaultFirst, maxFirst = 200, 1000
	n := int32(defaultFirst)
	if first != nil {
		n = *first
	}
	if n < 1 || n > maxFirst {
		return nil, store.NewInputError("first", "first is %d. It must be 1 to %d.", n, maxFirst)
	}
	l := loaders.FromContext(ctx)
	f, err := r.newEventFilter(ctx, s)
	if err != nil {
		return nil, err
	}
	page, err := r.Log.ReadChanges(ctx, f, after, n)
	if events.NeedsResync(err) {
		return &graph.Changes{Events: []graph.Event{}, Cursor: l.Cursor, ResyncRequired: true}, nil
	}
	if err != nil {
		return nil, err
	}
	at, err := loadEventStores(ctx, page.Events)
	if err != nil {
		return nil, err
	}
	c := &graph.Changes{Events: make([]graph.Event, 0, len(page.Events)), Cursor: page.Cursor, HasMore: page.HasMore}
	for _, e := range page.Events {
		decoded, err := hydration.Decode(e, at[e.StoreID.UUID])
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

// loadEventStores loads the stores of events, by id.
func loadEventStores(ctx context.Context, list []*events.Event) (map[uuid.UUID]*stores.Snapshot, error) {
	found := map[uuid.UUID]*stores.Snapshot{}
	for _, e := range list {
		if e.StoreID.Valid {
			found[e.StoreID.UUID] = nil
		}
	}
	if len(found) == 0 {
		return found, nil
	}
	rows, err := loaders.FromContext(ctx).Stores().Stores.LoadMany(ctx, slices.Collect(maps.Keys(found)))
	for _, row := range rows {
		if row != nil {
			found[row.ID] = row
		}
	}
	return found, err
}
