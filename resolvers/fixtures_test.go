package resolvers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/postgres"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// now is the time of all requests of these tests: a Monday noon in New York.
var now = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)

// All employees have the same password. Its hash is precomputed, because hashing is slow on purpose.
const (
	password     = "correct horse"
	passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$6zsLnqyrOdaM3il5gDR4bQ$gdh8mOjmtjj8Rk00dXCoHEnx5D3/0sMqD/TaRJkGkgc"
)

// testChain is a small chain with known rows: the regions N and S, the stores N1, N2 (of N) and S1 (of S), each with a
// manager, an associate, two products in stock and open and closed tasks.
type testChain struct {
	region   map[string]uuid.UUID // by code
	store    map[string]uuid.UUID // by code
	employee map[string]uuid.UUID // by login
	product  map[string]uuid.UUID // by SKU
	category map[string]uuid.UUID // by code
	template uuid.UUID
	task     map[string]uuid.UUID // by title
	step     map[string]uuid.UUID // by title
	comment  map[string]uuid.UUID // by body
	stock    map[string]uuid.UUID // by store code and SKU
	lot      map[string]uuid.UUID // by store code and SKU
}

// loadChain loads the chain into an empty database.
func loadChain(t *testing.T, pool *postgres.Pool) testChain {
	t.Helper()
	c := testChain{
		region: map[string]uuid.UUID{}, store: map[string]uuid.UUID{}, employee: map[string]uuid.UUID{},
		product: map[string]uuid.UUID{}, category: map[string]uuid.UUID{}, template: store.NewID(),
		task: map[string]uuid.UUID{}, step: map[string]uuid.UUID{}, comment: map[string]uuid.UUID{},
		stock: map[string]uuid.UUID{}, lot: map[string]uuid.UUID{},
	}
	for _, load := range []func(*testing.T, *postgres.Pool){c.loadStores, c.loadStaff, c.loadCatalog, c.loadStock, c.loadTasks} {
		load(t, pool)
	}
	return c
}

func (c *testChain) loadStores(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	q := stores.New(pool)
	for _, code := range []string{"N", "S"} {
		c.region[code] = store.NewID()
		must(t)(q.CopyRegions(t.Context(), []stores.CopyRegionsParams{
			{ID: c.region[code], Code: code, Name: "Region " + code, CreatedAt: now, UpdatedAt: now},
		}))
	}
	latitude, longitude := 40.71, -74.0
	for _, code := range []string{"N1", "N2", "S1"} {
		c.store[code] = store.NewID()
		must(t)(q.CopyStores(t.Context(), []stores.CopyStoresParams{{
			ID: c.store[code], RegionID: c.region[code[:1]], Code: code, Name: "Store " + code,
			Format: stores.FormatSupermarket, Status: stores.StatusOpen, City: new("Springfield"), CountryCode: new("US"),
			Latitude: &latitude, Longitude: &longitude, Timezone: "America/New_York",
			OpeningHours: []stores.OpeningPeriod{{Weekday: stores.Monday, Opens: "07:00", Closes: "22:00"}},
			CreatedAt:    now, UpdatedAt: now,
		}}))
	}
}

func (c *testChain) loadStaff(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	add := func(login string, role auth.Role, storeID, regionID uuid.UUID, status staff.Status) {
		c.employee[login] = store.NewID()
		must(t)(staff.New(pool).CopyEmployees(t.Context(), []staff.CopyEmployeesParams{{
			ID: c.employee[login], Login: login, DisplayName: "Ms " + login, Role: role, Status: status,
			StoreID:  uuid.NullUUID{UUID: storeID, Valid: storeID != uuid.Nil},
			RegionID: uuid.NullUUID{UUID: regionID, Valid: regionID != uuid.Nil},
			HiredOn:  now, CreatedAt: now, UpdatedAt: now,
		}}))
		must(t)(access.New(pool).CopyCredentials(t.Context(), []access.CopyCredentialsParams{
			{EmployeeID: c.employee[login], PasswordHash: passwordHash},
		}))
	}
	add("admin", auth.RoleAdmin, uuid.Nil, uuid.Nil, staff.StatusActive)
	for code, id := range c.region {
		add("region."+lower(code), auth.RoleRegionManager, uuid.Nil, id, staff.StatusActive)
	}
	for code, id := range c.store {
		add("manager."+lower(code), auth.RoleStoreManager, id, uuid.Nil, staff.StatusActive)
		add("supervisor."+lower(code), auth.RoleSupervisor, id, uuid.Nil, staff.StatusActive)
		add("associate."+lower(code), auth.RoleAssociate, id, uuid.Nil, staff.StatusActive)
		add("gone."+lower(code), auth.RoleAssociate, id, uuid.Nil, staff.StatusLeft)
	}
}

func (c *testChain) loadCatalog(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	q := catalog.New(pool)
	c.category["FRESH"], c.category["DAIRY"] = store.NewID(), store.NewID()
	must(t)(q.CopyCategories(t.Context(), []catalog.CopyCategoriesParams{
		{ID: c.category["FRESH"], Code: "FRESH", Name: "Fresh food", CreatedAt: now, UpdatedAt: now},
		{
			ID: c.category["DAIRY"], ParentID: uuid.NullUUID{UUID: c.category["FRESH"], Valid: true},
			Code: "DAIRY", Name: "Dairy", CreatedAt: now, UpdatedAt: now,
		},
	}))
	brand := "Alpina"
	for i, sku := range []string{"100", "200", "300"} {
		c.product[sku] = store.NewID()
		row := catalog.CopyProductsParams{ID: c.product[sku], SKU: sku, Name: "Product " + sku, Unit: catalog.UnitPiece, CreatedAt: now, UpdatedAt: now}
		if sku != "300" { // which has neither
			row.Brand, row.CategoryID = &brand, uuid.NullUUID{UUID: c.category["DAIRY"], Valid: true}
		}
		must(t)(q.CopyProducts(t.Context(), []catalog.CopyProductsParams{row}))
		digits := fmt.Sprintf("40063813339%d", i)
		printed := digits + string(catalog.CheckDigit(digits))
		key, err := catalog.GTINKey(printed)
		if err != nil {
			t.Fatal(err)
		}
		must(t)(q.CopyBarcodes(t.Context(), []catalog.CopyBarcodesParams{
			{Key: key, ProductID: c.product[sku], Printed: printed},
			{Key: catalog.InternalKey("A" + sku), ProductID: c.product[sku], Printed: "A" + sku},
		}))
	}
}

func (c *testChain) loadStock(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	q := inventory.New(pool)
	for code, storeID := range c.store {
		for _, sku := range []string{"100", "200"} {
			key := code + " " + sku
			c.stock[key], c.lot[key] = store.NewID(), store.NewID()
			must(t)(q.CopyStocks(t.Context(), []inventory.CopyStocksParams{{
				ID: c.stock[key], StoreID: storeID, ProductID: c.product[sku],
				OnHand: 5, ShelfCapacity: 20, ReorderPoint: 8, CreatedAt: now, UpdatedAt: now,
			}}))
			must(t)(q.CopyLots(t.Context(), []inventory.CopyLotsParams{
				{ID: c.lot[key], StoreID: storeID, ProductID: c.product[sku], ExpiresOn: now, Quantity: 2, ReceivedAt: now, CreatedAt: now, UpdatedAt: now},
				{
					ID: store.NewID(), StoreID: storeID, ProductID: c.product[sku], ExpiresOn: now.AddDate(0, 0, 3), Quantity: 3,
					ReceivedAt: now, CreatedAt: now, UpdatedAt: now,
				},
			}))
			must(t)(catalog.New(pool).CopyPrices(t.Context(), []catalog.CopyPricesParams{
				price(storeID, c.product[sku], now.AddDate(0, 0, -30), "3.49"),
				price(storeID, c.product[sku], now.AddDate(0, 0, -1), "3.10"),
				price(storeID, c.product[sku], now.AddDate(0, 0, 7), "9.99"),
			}))
		}
	}
}

func price(storeID, productID uuid.UUID, from time.Time, amount string) catalog.CopyPricesParams {
	return catalog.CopyPricesParams{
		StoreID: storeID, ProductID: productID, ValidFrom: from,
		Amount: decimal.RequireFromString(amount), Currency: "USD", CreatedAt: now,
	}
}

// Each store has tasksPerStore tasks: openTasks are open, one of them overdue, and one is done.
const openTasks, tasksPerStore = 6, 7

func (c *testChain) loadTasks(t *testing.T, pool *postgres.Pool) {
	t.Helper()
	q := tasks.New(pool)
	must(t)(q.CopyTemplates(t.Context(), []tasks.CopyTemplatesParams{{
		ID: c.template, Code: "DAIRY", Title: "Check the dairy", Kind: tasks.KindExpiryCheck,
		Priority: tasks.PriorityHigh, CreatedAt: now, UpdatedAt: now,
	}}))
	must(t)(q.CopyTemplateSteps(t.Context(), []tasks.CopyTemplateStepsParams{
		{ID: store.NewID(), TemplateID: c.template, Position: 1, Title: "Look", Required: true},
		{ID: store.NewID(), TemplateID: c.template, Position: 2, Title: "Take off", Required: false},
	}))
	for code, storeID := range c.store {
		for i := range tasksPerStore {
			c.loadTask(t, q, code, storeID, i)
		}
	}
}

func (c *testChain) loadTask(t *testing.T, q *tasks.Queries, code string, storeID uuid.UUID, i int) {
	t.Helper()
	title := fmt.Sprintf("%s task %d", code, i)
	id := store.NewID()
	c.task[title] = id
	associate := uuid.NullUUID{UUID: c.employee["associate."+lower(code)], Valid: true}
	row := tasks.CopyTasksParams{
		ID: id, StoreID: storeID, TemplateID: uuid.NullUUID{UUID: c.template, Valid: true},
		ProductID: uuid.NullUUID{UUID: c.product["100"], Valid: true}, AssigneeID: associate,
		Title: title, Kind: tasks.KindExpiryCheck, Priority: tasks.PriorityHigh, Status: tasks.StatusAssigned,
		DueAt: now.Add(time.Duration(i)*time.Hour - 30*time.Minute), Version: 1,
		CreatedAt: now.Add(time.Duration(i) * -time.Hour), UpdatedAt: now,
	}
	done := i == tasksPerStore-1
	if done {
		at := now.Add(-time.Hour)
		row.Status, row.StartedAt, row.CompletedAt = tasks.StatusCompleted, &at, &at
	}
	must(t)(q.CopyTasks(t.Context(), []tasks.CopyTasksParams{row}))
	for position := range int32(2) {
		title := fmt.Sprintf("%s step %d", title, position+1)
		c.step[title] = store.NewID()
		step := tasks.CopyStepsParams{
			ID: c.step[title], StoreID: storeID, TaskID: id, Position: position + 1, Title: title, Required: true, Done: done,
		}
		if done {
			step.DoneAt, step.DoneByID = row.CompletedAt, associate
		}
		must(t)(q.CopySteps(t.Context(), []tasks.CopyStepsParams{step}))
	}
	for _, author := range []string{"associate." + lower(code), "region." + lower(code[:1])} {
		body := title + " by " + author
		c.comment[body] = store.NewID()
		must(t)(q.CopyComments(t.Context(), []tasks.CopyCommentsParams{
			{ID: c.comment[body], StoreID: storeID, TaskID: id, AuthorID: c.employee[author], Body: body, CreatedAt: now},
		}))
	}
}

// must fails the test if rows could not be loaded.
func must(t *testing.T) func(int64, error) {
	t.Helper()
	return func(_ int64, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
