package resolvers_test

import (
	"testing"

	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// enableEntityCache gives the API an entity cache that has caught up with the event log.
func (a *api) enableEntityCache() {
	a.resolver.EntityCache = loaders.NewEntityCache(a.resolver.Modules, loaders.EntityCacheOptions{MaxBytes: 64 << 20, Now: a.clock.Now})
	a.resolver.EntityCache.OnReset(store.Position{})
}

// cachedQueries are the clients' queries, each with a path that must not be null.
func (a *api) cachedQueries() map[string]vars {
	return map[string]vars{
		"mobile/MobileHome.graphql":  nil,
		"mobile/TaskDetail.graphql":  {"id": store.GlobalID(tasks.TaskPrefix, a.task["N1 task 6"])},
		"mobile/ScanProduct.graphql": {"barcode": "A100", "storeId": store.GlobalID(stores.StorePrefix, a.store["N1"])},
		"admin/Stores.graphql":       nil,
		"admin/RegionBoard.graphql":  {"regionId": store.GlobalID(stores.RegionPrefix, a.region["N"])},
	}
}

// Entities that one viewer loaded into the cache must not change what another viewer sees.
func TestResponsesFromTheEntityCacheAreTheSame(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	viewers := []string{"admin", "region.n", "region.s", "manager.n1", "associate.n1", "associate.s1"}
	want := map[string]response{}
	for file, input := range a.cachedQueries() {
		for _, login := range viewers {
			want[file+login] = a.query(t, a.as(login), operation(t, file), input)
		}
	}

	a.enableEntityCache()

	for _, isCached := range []bool{false, true} { // what is asked for first is read to be cached, which may take a statement more
		for file, input := range a.cachedQueries() {
			for _, login := range viewers {
				got := a.query(t, a.as(login), operation(t, file), input)

				if got.JSON != want[file+login].JSON {
					t.Errorf("%s by %s: got %s, want %s", file, login, got.JSON, want[file+login].JSON)
				}
				if isCached && got.Statements > want[file+login].Statements {
					t.Errorf("%s by %s: %d statements, and without the cache %d", file, login, got.Statements, want[file+login].Statements)
				}
			}
		}
	}
}

func TestCachedEntitiesCostNoStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.enableEntityCache()
	productID := store.GlobalID(catalog.ProductPrefix, a.product["100"])
	query := `query($id: ID!) { viewer { displayName region { name } } node(id: $id) { ... on Product { name category { name } } } }`
	a.mustQuery(t, a.as("region.n"), query, vars{"id": productID})

	got := a.mustQuery(t, a.as("region.n"), query, vars{"id": productID})

	if got.Statements != 0 {
		t.Errorf("%d statements for %s", got.Statements, got.JSON)
	}
}

// Mutations decide on current data, however old the cache is, and their payloads show current data.
func TestMutationsBypassTheEntityCache(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.enableEntityCache()
	storeID := store.GlobalID(stores.StorePrefix, a.store["N1"])
	show := `query($id: ID!) { store(id: $id) { name } }`
	a.mustQuery(t, a.as("admin"), show, vars{"id": storeID})
	rename := `mutation($in: UpdateStoreInput!) { updateStore(input: $in) { store { name version } userErrors { message } } }`
	a.mustQuery(t, a.as("admin"), rename, vars{"in": vars{"storeId": storeID, "name": "Other name"}}) // nobody tells the cache

	got := a.mustQuery(t, a.as("admin"), rename, vars{"in": vars{"storeId": storeID, "name": "Third name", "expectedVersion": 2}})

	if got.at("updateStore.store.name") != "Third name" || got.at("updateStore.store.version") != 3.0 {
		t.Errorf("got %s", got.JSON)
	}
	if cached := a.mustQuery(t, a.as("admin"), show, vars{"id": storeID}); cached.at("store.name") != "Store N1" {
		t.Errorf("the cache is not outdated, so this test proves nothing: %s", cached.JSON)
	}
}

// Entities that a command did not change may come from the cache, which is outdated here to show it. Not so if the viewer has
// a write that this node has not read yet, nor before another command of the operation.
func TestEntityCacheServesWhatAMutationDidNotChange(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.enableEntityCache()
	a.resolver.WriteTracker = events.NewWriteTracker(a.resolver.Log, nil, nil)
	associate := a.as("associate.n1")
	const payload = `{ comment { author { displayName } } userErrors { message } }`
	say := `mutation($in: AddTaskCommentInput!) { one: addTaskComment(input: $in) ` + payload + ` }`
	twice := `mutation($in: AddTaskCommentInput!) { one: addTaskComment(input: $in) ` + payload + ` two: addTaskComment(input: $in) ` + payload + ` }`
	input := vars{"in": vars{"taskId": store.GlobalID(tasks.TaskPrefix, a.task["N1 task 6"]), "body": "Done"}}
	old := a.mustQuery(t, associate, say, input).at("one.comment.author.displayName")
	if _, err := a.pool.Exec(t.Context(), "UPDATE staff.employee SET display_name = 'Other name' WHERE id = $1", associate.EmployeeID); err != nil {
		t.Fatal(err)
	}

	hot := a.mustQuery(t, associate, say, input)
	first := a.mustQuery(t, associate, twice, input)
	a.resolver.WriteTracker.RecordWrite(t.Context(), associate.EmployeeID, store.Position{XID: 1 << 40})
	behind := a.mustQuery(t, associate, say, input)

	if old == "Other name" || hot.at("one.comment.author.displayName") != old {
		t.Errorf("got %s, want what is in memory", hot.JSON)
	}
	for _, got := range []response{first, behind} {
		if got.at("one.comment.author.displayName") != "Other name" {
			t.Errorf("got %s, want what is true", got.JSON)
		}
	}
}
