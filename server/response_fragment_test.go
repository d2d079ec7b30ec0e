package server_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
)

// A fragmentServer is a cachingServer whose responses have a fragment that colleagues share.
type fragmentServer struct {
	*cachingServer

	readsIdentity bool // the fragment reads the identity of the viewer
	renders       int  // of the fragment
}

// trackedIdentity implements responsecache.Fragments.
type trackedIdentity struct{}

func (trackedIdentity) ViewerIndependent(ctx context.Context) (context.Context, *auth.IdentityAccessRecorder) {
	ctx, _, recorder := auth.WithoutIdentity(ctx, auth.Scope{})
	return ctx, recorder
}

func newFragmentServer(t *testing.T) *fragmentServer {
	t.Helper()
	k := &fragmentServer{}
	k.cachingServer = newCachingServer(t, func(c *config) {
		c.ResponseCache.Fragments = trackedIdentity{}
	})
	k.resolve = func(ctx context.Context) (any, error) {
		store.DependencyRecorderFrom(ctx).AddModule("staff")
		return fmt.Sprintf("run %d with %s", k.runs, k.renderFragment(ctx)), nil
	}
	return k
}

// renderFragment returns the fragment from the cache, or renders it.
func (k *fragmentServer) renderFragment(ctx context.Context) []byte {
	return graph.GetFragmentCache(ctx).Render(ctx, "hello.part", func(ctx context.Context) []byte {
		store.DependencyRecorderFrom(ctx).AddModule("tasks")
		if k.readsIdentity {
			auth.ViewerFromContext(ctx)
		}
		k.renders++
		return fmt.Appendf(nil, "part %d", k.renders)
	})
}

// as sends the request as a colleague with the name.
func (k *fragmentServer) as(name, tag string) reply {
	k.viewer.EmployeeID = uuid.NewSHA1(uuid.Nil, []byte(name))
	return k.hello(tag)
}

func bodyWithPart(run, part int) string {
	return fmt.Sprintf(`{"data":{"hello":"run %d with part %d"}}`, run, part)
}

func TestColleaguesShareAFragment(t *testing.T) {
	k := newFragmentServer(t)

	ann, ben := k.as("Ann", ""), k.as("Ben", "")

	ann.want(t, 200, bodyWithPart(1, 1))
	ben.want(t, 200, bodyWithPart(2, 1))
	k.as("Ann", "").want(t, 200, bodyWithPart(1, 1))
	k.as("Ben", "").want(t, 200, bodyWithPart(2, 1))
	k.as("Ben", etagOf(ben)).want(t, 304, "")
	if other := k.as("Ben", etagOf(ann)); other.status != 200 {
		t.Errorf("the ETag of a colleague gets status %d", other.status)
	}
}

func TestAChangedFragmentIsMadeByTheFirstRequest(t *testing.T) {
	k := newFragmentServer(t)
	ann, ben := k.as("Ann", ""), k.as("Ben", "")

	k.changed, k.end = map[string]store.Position{"tasks": {XID: 11}}, store.Position{XID: 12}
	second := k.as("Ann", etagOf(ann))

	second.want(t, 200, bodyWithPart(3, 2))
	k.as("Ann", etagOf(second)).want(t, 304, "")
	k.as("Ben", etagOf(ben)).want(t, 200, bodyWithPart(2, 2)) // the rest is still cached
	if k.runs != 3 || k.renders != 2 {
		t.Errorf("%d runs rendered %d fragments", k.runs, k.renders)
	}
}

func TestAFragmentIsReusedWhenTheRestOfTheResponseChanges(t *testing.T) {
	k := newFragmentServer(t)
	ann := k.as("Ann", "")

	k.changed, k.end = map[string]store.Position{"staff": {XID: 11}}, store.Position{XID: 12}

	k.as("Ann", etagOf(ann)).want(t, 200, bodyWithPart(2, 1))
}

func TestAFragmentThatReadsTheIdentityIsNotShared(t *testing.T) {
	k := newFragmentServer(t)
	k.readsIdentity = true

	k.as("Ann", "").want(t, 200, bodyWithPart(1, 1))
	k.as("Ben", "").want(t, 200, bodyWithPart(2, 2))
	k.as("Ann", "").want(t, 200, bodyWithPart(1, 1))

	k.changed, k.end = map[string]store.Position{"tasks": {XID: 11}}, store.Position{XID: 12}
	k.as("Ann", "").want(t, 200, bodyWithPart(3, 3)) // the response depends on its modules
}

func TestAFragmentIsNotSharedBetweenScopes(t *testing.T) {
	for name, change := range map[string]func(k *fragmentServer){
		"other stores": func(k *fragmentServer) { k.scope = auth.StoreScope(uuid.New(), uuid.NullUUID{}) },
		"a region": func(k *fragmentServer) {
			k.scope = auth.StoreScope(uuid.Nil, uuid.NullUUID{UUID: uuid.New(), Valid: true})
		},
		"their store": func(k *fragmentServer) { k.viewer.StoreID = uuid.NullUUID{UUID: uuid.New(), Valid: true} },
	} {
		k := newFragmentServer(t)
		k.as("Ann", "")

		change(k)
		k.as("Ben", "")

		if k.renders != 2 {
			t.Errorf("%s: %d fragments were rendered, want 2", name, k.renders)
		}
	}
}

func TestAResponseHasOneSharedFragment(t *testing.T) {
	k := newFragmentServer(t)
	k.resolve = func(ctx context.Context) (any, error) {
		return fmt.Sprintf("%s, %s", k.renderFragment(ctx), k.renderFragment(ctx)), nil
	}

	for range 2 {
		k.as("Ann", "").want(t, 200, `{"data":{"hello":"part 1, part 2"}}`)
	}
	k.as("Ben", "").want(t, 200, `{"data":{"hello":"part 1, part 3"}}`)
}

func TestAFragmentThatOccursTwiceIsStoredInTheResponse(t *testing.T) {
	k := newFragmentServer(t)
	k.resolve = func(ctx context.Context) (any, error) {
		part := k.renderFragment(ctx)
		return fmt.Sprintf("%s, %s", part, part), nil
	}
	k.as("Ann", "")

	k.as("Ann", "").want(t, 200, `{"data":{"hello":"part 1, part 1"}}`)

	k.changed, k.end = map[string]store.Position{"tasks": {XID: 11}}, store.Position{XID: 12}
	k.as("Ann", "").want(t, 200, `{"data":{"hello":"part 2, part 2"}}`)
}

func TestAFragmentOfAResponseWithErrorsIsNotStored(t *testing.T) {
	k := newFragmentServer(t)
	k.resolve = func(ctx context.Context) (any, error) {
		k.renderFragment(ctx)
		return nil, errors.New("the rest failed")
	}

	k.as("Ann", "")
	k.as("Ben", "")

	if k.renders != 2 {
		t.Errorf("%d fragments were rendered, want 2", k.renders)
	}
}
