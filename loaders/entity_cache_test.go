package loaders

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/postgres"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// noon is when all requests of these tests arrive.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// Two regions of two stores, with somebody of each role in each place.
var (
	regionIDs   = []uuid.UUID{{1, 1}, {1, 2}}
	storeIDs    = []uuid.UUID{{2, 1}, {2, 2}, {2, 3}, {2, 4}}
	productIDs  = []uuid.UUID{{3, 1}, {3, 2}}
	categoryIDs = []uuid.UUID{{4, 1}, {4, 2}}
	templateIDs = []uuid.UUID{{5, 1}, {5, 2}}
	nobody      = uuid.UUID{9, 9}
)

// database is a small chain, with what a node needs to read it.
type database struct {
	pool      *postgres.Pool
	modules   Modules
	employees []uuid.UUID
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := &database{pool: pool, modules: NewModules(pool)}
	for _, load := range []func(context.Context) error{d.loadStores, d.loadStaff, d.loadCatalog, d.loadTemplates} {
		if err := load(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *database) loadStores(ctx context.Context) error {
	q := stores.New(d.pool)
	for i, id := range regionIDs {
		code := fmt.Sprintf("R%d", i)
		rows := []stores.CopyRegionsParams{{ID: id, Code: code, Name: code, CreatedAt: noon, UpdatedAt: noon}}
		if _, err := q.CopyRegions(ctx, rows); err != nil {
			return err
		}
	}
	latitude := 40.712_776
	for i, id := range storeIDs {
		rows := []stores.CopyStoresParams{{
			ID: id, RegionID: regionIDs[i/2], Code: fmt.Sprintf("S%d", i), Name: "Store", Format: stores.FormatDiscount,
			Status: stores.StatusOpen, Timezone: "UTC", Latitude: &latitude, Longitude: &latitude, CreatedAt: noon, UpdatedAt: noon,
			OpeningHours: []stores.OpeningPeriod{{Weekday: stores.Monday, Opens: "07:00", Closes: "22:00"}},
		}}
		if _, err := q.CopyStores(ctx, rows); err != nil {
			return err
		}
	}
	return nil
}

func (d *database) loadStaff(ctx context.Context) error {
	var rows []staff.CopyEmployeesParams
	add := func(role auth.Role, storeID, regionID uuid.NullUUID) {
		id := uuid.UUID{6, byte(len(rows))}
		d.employees = append(d.employees, id)
		rows = append(rows, staff.CopyEmployeesParams{
			ID: id, StoreID: storeID, RegionID: regionID, Login: fmt.Sprint("login", len(rows)), DisplayName: "Somebody",
			Role: role, Status: staff.StatusActive, HiredOn: noon, CreatedAt: noon, UpdatedAt: noon,
		})
	}
	add(auth.RoleAdmin, uuid.NullUUID{}, uuid.NullUUID{})
	for _, id := range regionIDs {
		add(auth.RoleRegionManager, uuid.NullUUID{}, some(id))
	}
	for _, id := range storeIDs[:3] {
		add(auth.RoleStoreManager, some(id), uuid.NullUUID{})
		add(auth.RoleAssociate, some(id), uuid.NullUUID{})
	}
	_, err := staff.New(d.pool).CopyEmployees(ctx, rows)
	return err
}

func (d *database) loadCatalog(ctx context.Context) error {
	q := catalog.New(d.pool)
	if _, err := q.CopyCategories(ctx, []catalog.CopyCategoriesParams{
		{ID: categoryIDs[0], Code: "A", Name: "A", CreatedAt: noon, UpdatedAt: noon},
		{ID: categoryIDs[1], ParentID: some(categoryIDs[0]), Code: "B", Name: "B", CreatedAt: noon, UpdatedAt: noon},
	}); err != nil {
		return err
	}
	brand := "Alpina"
	if _, err := q.CopyProducts(ctx, []catalog.CopyProductsParams{
		{ID: productIDs[0], CategoryID: some(categoryIDs[1]), SKU: "1", Name: "One", Brand: &brand, Unit: catalog.UnitPiece, CreatedAt: noon, UpdatedAt: noon},
		{ID: productIDs[1], SKU: "2", Name: "Two", Unit: catalog.UnitPiece, CreatedAt: noon, UpdatedAt: noon},
	}); err != nil {
		return err
	}
	var prices []catalog.CopyPricesParams
	for _, id := range storeIDs[:3] {
		for i, from := range []time.Duration{-time.Hour, -time.Minute, time.Hour} {
			prices = append(prices, catalog.CopyPricesParams{
				StoreID: id, ProductID: productIDs[0], ValidFrom: noon.Add(from), Amount: decimal.New(int64(310+10*i), -2),
				Currency: "USD", CreatedAt: noon,
			})
		}
	}
	_, err := q.CopyPrices(ctx, prices)
	return err
}

func (d *database) loadTemplates(ctx context.Context) error {
	q := tasks.New(d.pool)
	for i, id := range templateIDs {
		if _, err := q.CopyTemplates(ctx, []tasks.CopyTemplatesParams{{
			ID: id, Code: strconv.Itoa(i), Title: "Look", Kind: tasks.KindExpiryCheck, Priority: tasks.PriorityHigh,
			CreatedAt: noon, UpdatedAt: noon,
		}}); err != nil {
			return err
		}
	}
	_, err := q.CopyTemplateSteps(ctx, []tasks.CopyTemplateStepsParams{
		{ID: uuid.UUID{7, 1}, TemplateID: templateIDs[0], Position: 1, Title: "First", Required: true},
		{ID: uuid.UUID{7, 2}, TemplateID: templateIDs[0], Position: 2, Title: "Second"},
	})
	return err
}

func some(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

// newEntityCache makes the caches of a node that knows all that has happened.
func (d *database) newEntityCache() *EntityCache {
	h := NewEntityCache(d.modules, EntityCacheOptions{MaxBytes: 64 << 20, Now: func() time.Time { return noon }})
	h.OnReset(store.Position{})
	return h
}

// all that is entities, as one request reads it.
type all struct {
	Stores            []*stores.Snapshot
	Regions           []*stores.Region
	Employees         []*staff.Employee
	ManagersOfStores  []*staff.Employee
	ManagersOfRegions []*staff.Employee
	Products          []*catalog.Product
	Categories        []*catalog.Category
	Children          [][]catalog.Category
	Prices            []*catalog.Price
	Templates         []*tasks.Template
	TemplateSteps     [][]tasks.TemplateStep
	PagesOfRegions    []store.Page[stores.Snapshot] // short ones first, then long ones
}

// read reads everything, and what does not exist, too.
func (d *database) read(ctx context.Context, l *Loaders) (a all, err error) {
	var priceKeys []catalog.PriceKey
	for _, storeID := range with(storeIDs) {
		for _, productID := range with(productIDs) {
			priceKeys = append(priceKeys, catalog.PriceKey{StoreID: storeID, ProductID: productID})
		}
	}
	var pages []ParentQuery[uuid.UUID, stores.PageQuery]
	for _, first := range []int32{1, store.MaxPageSize} {
		for _, id := range with(regionIDs) {
			pages = append(pages, ParentQuery[uuid.UUID, stores.PageQuery]{Parent: id, Query: stores.PageQuery{First: first}})
		}
	}
	for _, read := range []func() error{
		func() error { a.PagesOfRegions, err = l.Stores().PagesOfRegion.LoadMany(ctx, pages); return err },
		func() error { a.Stores, err = l.Stores().Stores.LoadMany(ctx, with(storeIDs)); return err },
		func() error { a.Regions, err = l.Stores().Regions.LoadMany(ctx, with(regionIDs)); return err },
		func() error { a.Employees, err = l.Staff().Employees.LoadMany(ctx, with(d.employees)); return err },
		func() error {
			a.ManagersOfStores, err = l.Staff().ManagerOfStore.LoadMany(ctx, with(storeIDs))
			return err
		},
		func() error {
			a.ManagersOfRegions, err = l.Staff().ManagerOfRegion.LoadMany(ctx, with(regionIDs))
			return err
		},
		func() error { a.Products, err = l.Catalog().Products.LoadMany(ctx, with(productIDs)); return err },
		func() error { a.Categories, err = l.Catalog().Categories.LoadMany(ctx, with(categoryIDs)); return err },
		func() error { a.Children, err = l.Catalog().Children.LoadMany(ctx, with(categoryIDs)); return err },
		func() error { a.Prices, err = l.Catalog().Prices.LoadMany(ctx, priceKeys); return err },
		func() error { a.Templates, err = l.Tasks().Templates.LoadMany(ctx, with(templateIDs)); return err },
		func() error {
			a.TemplateSteps, err = l.Tasks().TemplateSteps.LoadMany(ctx, with(templateIDs))
			return err
		},
	} {
		if err := read(); err != nil {
			return a, err
		}
	}
	return a, nil
}

// with adds an id that nothing has.
func with(ids []uuid.UUID) []uuid.UUID { return append(append([]uuid.UUID{}, ids...), nobody) }

// anyScope is what somebody may see: employees of all roles, partners, the audience of an event, the system, nobody.
func anyScope(t *rapid.T) auth.Scope {
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom(storeIDs), 0, 3, rapid.ID).Draw(t, "stores")
	storeID := rapid.SampledFrom(storeIDs).Draw(t, "store")
	regionID := some(rapid.SampledFrom(regionIDs).Draw(t, "region"))
	partner := auth.Viewer{PartnerID: uuid.UUID{8}, Role: auth.RolePartner}
	v := auth.Viewer{EmployeeID: uuid.UUID{6, 1}}
	switch kind := rapid.IntRange(0, 8).Draw(t, "kind"); kind {
	case 0:
		v.Role = auth.RoleAdmin
	case 1:
		v.Role, v.RegionID = auth.RoleRegionManager, regionID
	case 2:
		v.Role, v.StoreID, v.RegionID = auth.RoleStoreManager, some(storeID), regionID
	case 3:
		v.Role, v.StoreID = auth.RoleAssociate, some(storeID)
	case 4:
		return auth.ScopeForPartner(partner, auth.PartnerStores{All: true})
	case 5:
		return auth.ScopeForPartner(partner, auth.PartnerStores{IDs: ids})
	case 6:
		return auth.StoreScope(storeID, regionID)
	case 7:
		return auth.SystemScope()
	default:
		return auth.Scope{}
	}
	return auth.ScopeForViewer(v, ids)
}

// A viewer gets from the cache the same rows as from PostgreSQL.
func TestScopesIncludeTheSameInTheCacheAsInSQL(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	entities := d.newEntityCache()
	rapid.Check(t, func(t *rapid.T) {
		scope := anyScope(t)
		at := noon.Add(rapid.SampledFrom([]time.Duration{-2 * time.Minute, 0, 2 * time.Hour}).Draw(t, "at"))

		want, err := d.read(context.Background(), New(context.Background(), d.modules, nil, scope, at, time.Microsecond))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.read(context.Background(), New(context.Background(), d.modules, entities, scope, at, time.Microsecond))
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-SQL +cache:\n%s", diff)
		}
	})
}

func TestInvalidatesCacheAgreesWithOnEvents(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	untested := store.EventTypes()
	for _, of := range []struct {
		what    store.EventType
		subject uuid.UUID
		storeID uuid.NullUUID
	}{
		{store.EventStoreCreated, storeIDs[0], some(storeIDs[0])},
		{store.EventStoreUpdated, storeIDs[0], some(storeIDs[0])},
		{store.EventStoreClosed, storeIDs[0], some(storeIDs[0])},
		{store.EventRegionCreated, regionIDs[0], uuid.NullUUID{}},
		{store.EventRegionUpdated, regionIDs[0], uuid.NullUUID{}},
		{store.EventRegionClosed, regionIDs[0], uuid.NullUUID{}},
		{store.EventEmployeeCreated, d.employees[3], some(storeIDs[0])},
		{store.EventEmployeeUpdated, d.employees[3], some(storeIDs[0])},
		{store.EventEmployeeDeactivated, d.employees[3], some(storeIDs[0])},
		{store.EventEmployeeReactivated, d.employees[3], some(storeIDs[0])},
		{store.EventSessionCompromised, d.employees[3], some(storeIDs[0])},
		{store.EventProductCreated, productIDs[0], uuid.NullUUID{}},
		{store.EventProductUpdated, productIDs[0], uuid.NullUUID{}},
		{store.EventProductDiscontinued, productIDs[0], uuid.NullUUID{}},
		{store.EventPriceChanged, productIDs[0], some(storeIDs[0])},
		{store.EventTaskTemplateCreated, templateIDs[0], uuid.NullUUID{}},
		{store.EventTaskTemplateUpdated, templateIDs[0], uuid.NullUUID{}},
		{store.EventTaskTemplateArchived, templateIDs[0], uuid.NullUUID{}},
		{store.EventTaskTemplateRestored, templateIDs[0], uuid.NullUUID{}},
		{store.EventStockChanged, productIDs[0], some(storeIDs[0])},
		{store.EventFeedbackReceived, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskCreated, templateIDs[0], some(storeIDs[0])},
		{store.EventTaskAssigned, d.employees[3], some(storeIDs[0])},
		{store.EventTaskUnassigned, d.employees[3], some(storeIDs[0])},
		{store.EventTaskStarted, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskStepChecked, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskStepUnchecked, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskCompleted, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskVerified, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskRejected, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskCancelled, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskOverdue, storeIDs[0], some(storeIDs[0])},
		{store.EventTaskCommented, storeIDs[0], some(storeIDs[0])},
	} {
		untested = slices.DeleteFunc(untested, func(each store.EventType) bool { return each == of.what })
		entities := d.newEntityCache()
		if _, err := d.read(t.Context(), New(t.Context(), d.modules, entities, auth.SystemScope(), noon, time.Microsecond)); err != nil {
			t.Fatal(err)
		}
		before := entries(entities)
		entities.OnEvents([]*events.Event{{Position: store.Position{XID: 1}, Type: of.what, SubjectID: of.subject, StoreID: of.storeID}})

		if changed := entries(entities) != before; changed != InvalidatesCache(of.what) {
			t.Errorf("%s: invalidated: %v, InvalidatesCache: %v", of.what, changed, InvalidatesCache(of.what))
		}
	}
	if len(untested) > 0 {
		t.Errorf("types that the test lacks: %v", untested)
	}
	if !InvalidatesCache("OF_A_NEWER_VERSION") {
		t.Error("an event of an unknown type invalidates nothing")
	}
}

// entries returns the number of cached values.
func entries(h *EntityCache) (n int) {
	for _, s := range h.Stats() {
		n += s.Entries
	}
	return n
}
