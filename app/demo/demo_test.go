package demo

import (
	"crypto/sha256"
	"encoding/gob"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store/catalog"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// noon is on a Wednesday in all timezones of the chain.
var noon = time.Date(2026, time.June, 10, 19, 30, 0, 0, time.UTC)

// manyStores is enough for a store of every status and for several stores in a city.
const manyStores = 60

func options(now time.Time) Options {
	return Options{Stores: manyStores, Products: 1000, Seed: 7, Now: now, PasswordHash: "$argon2id$"}
}

// smallOptions has stores of several timezones and formats, for tests that make many chains.
func smallOptions(now time.Time) Options {
	o := options(now)
	o.Stores = 16
	return o
}

// fullChain is a chain with all its stores.
type fullChain struct {
	Chain  chainRows
	Stores []storeRows
}

func generate(t *testing.T, o Options) fullChain {
	t.Helper()
	w, err := makeFullChain(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// defaultChain returns a chain of many stores at noon. It is shared: tests must not change it.
func defaultChain(t *testing.T) fullChain {
	t.Helper()
	w, err := defaultChainOnce()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var defaultChainOnce = sync.OnceValues(func() (fullChain, error) { return makeFullChain(options(noon)) })

func makeFullChain(o Options) (fullChain, error) {
	o, err := o.check()
	if err != nil {
		return fullChain{}, err
	}
	p, rows, err := newPlan(o)
	if err != nil {
		return fullChain{}, err
	}
	w := fullChain{Chain: rows}
	for n := range o.Stores {
		w.Stores = append(w.Stores, p.makeStore(n+1))
	}
	return w, nil
}

func digest(t *testing.T, w fullChain) string {
	t.Helper()
	hash := sha256.New()
	if err := gob.NewEncoder(hash).Encode(w); err != nil {
		t.Fatal(err)
	}
	return string(hash.Sum(nil))
}

func TestSameSeedGivesSameRows(t *testing.T) {
	first := digest(t, generate(t, smallOptions(noon)))
	if again := digest(t, generate(t, smallOptions(noon))); again != first {
		t.Error("two chains of one seed differ")
	}
}

func TestAnotherSeedGivesOtherRows(t *testing.T) {
	other := smallOptions(noon)
	other.Seed++
	if digest(t, generate(t, smallOptions(noon))) == digest(t, generate(t, other)) {
		t.Error("the chains of two seeds are the same")
	}
}

func TestStoresAreIndependentOfEachOther(t *testing.T) {
	o, _ := options(noon).check()
	p, _, err := newPlan(o)
	if err != nil {
		t.Fatal(err)
	}
	alone := p.makeStore(5)
	p.makeStore(4)
	if diff := cmp.Diff(alone, p.makeStore(5)); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidOptionsAreRejected(t *testing.T) {
	for name, spoil := range map[string]func(*Options){
		"no store":         func(o *Options) { o.Stores = 0 },
		"too few products": func(o *Options) { o.Products = minProducts - 1 },
		"no password":      func(o *Options) { o.PasswordHash = "" },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(noon)
			spoil(&o)
			if _, err := o.check(); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestSmallestChainIsComplete(t *testing.T) {
	o := options(noon)
	o.Stores, o.Products = 1, minProducts

	w := generate(t, o)

	if s := w.Stores[0]; len(w.Chain.Regions) != 1 || len(s.Stocks) != productsPerStore || len(s.Tasks) != unfinishedTasks+finishedTasks {
		t.Errorf("%d regions, %d stocks, %d tasks", len(w.Chain.Regions), len(s.Stocks), len(s.Tasks))
	}
}

func TestTooManyProductsAreRejected(t *testing.T) {
	o := options(noon)
	o.Products = 1_000_000
	if _, _, err := newPlan(o); err == nil {
		t.Error("no error")
	}
}

func TestRegionsGrowWithTheChain(t *testing.T) {
	for count, want := range map[int]int{1: 1, 2: 2, 5: 2, 20: 4, 100: 8, 1000: 20} {
		if got := regionsFor(count); got != want {
			t.Errorf("%d stores have %d regions, not %d", count, got, want)
		}
	}
}

func TestEachStoreHasEmployeesProductsAndTasks(t *testing.T) {
	for _, s := range defaultChain(t).Stores {
		type counts struct{ employees, stocks, unfinished, finished int }
		got := counts{employees: len(s.Employees), stocks: len(s.Stocks)}
		for _, task := range s.Tasks {
			if task.Status.Unfinished() {
				got.unfinished++
			} else {
				got.finished++
			}
		}
		want := counts{15, 300, 60, 300}
		switch s.Store.Status {
		case stores.StatusClosed:
			want.unfinished = 0
		case stores.StatusPlanned:
			want.unfinished, want.finished = 0, 0
		default:
		}
		if got != want {
			t.Errorf("%s (%s) has %+v, not %+v", s.Store.Code, s.Store.Status, got, want)
		}
	}
}

func TestFirstStoresAreOpenAndOthersHaveAllStatuses(t *testing.T) {
	seen := map[stores.Status]int{}
	for i, s := range defaultChain(t).Stores {
		seen[s.Store.Status]++
		if i < 10 && s.Store.Status != stores.StatusOpen {
			t.Errorf("%s is %s", s.Store.Code, s.Store.Status)
		}
	}
	if len(seen) != 4 || seen[stores.StatusOpen] < manyStores*3/4 {
		t.Error(seen)
	}
}

func TestLoginsFollowTheContract(t *testing.T) {
	w := defaultChain(t)
	roles := map[string]auth.Role{w.Chain.Admin.Login: w.Chain.Admin.Role}
	for _, e := range w.Chain.Managers {
		roles[e.Login] = e.Role
	}
	for _, s := range w.Stores {
		for _, e := range s.Employees {
			if _, twice := roles[e.Login]; twice {
				t.Errorf("%s is not unique", e.Login)
			}
			roles[e.Login] = e.Role
		}
	}
	for login, want := range map[string]auth.Role{
		"admin": auth.RoleAdmin, "region.1": auth.RoleRegionManager, "region.6": auth.RoleRegionManager,
		"manager.1": auth.RoleStoreManager, "supervisor.60": auth.RoleSupervisor, "supervisor.60.2": auth.RoleSupervisor,
		"associate.7": auth.RoleAssociate, "associate.7.12": auth.RoleAssociate,
	} {
		if roles[login] != want {
			t.Errorf("%s is %q", login, roles[login])
		}
	}
}

func TestLoginsHaveTheNumberOfTheStore(t *testing.T) {
	w := defaultChain(t)
	if s := w.Stores[11]; s.Store.Code != "S0012" || s.Employees[0].Login != "manager.12" {
		t.Error(s.Store.Code, s.Employees[0].Login)
	}
}

func TestGTINsAreValidAndUnique(t *testing.T) {
	o := options(noon)
	o.Products = 0 // 20,000
	rows := generate(t, o).Chain
	keys, thirteens := map[string]bool{}, map[uuid.UUID]bool{}
	internal := 0
	for _, b := range rows.Barcodes {
		if keys[b.Key] {
			t.Errorf("%s is not unique", b.Key)
		}
		keys[b.Key] = true
		if b.Key == catalog.InternalKey(b.Printed) {
			internal++
			continue
		}
		if key, err := catalog.GTINKey(b.Printed); err != nil || key != b.Key {
			t.Errorf("%s has the key %s: %v", b.Printed, b.Key, err)
		}
		if len(b.Printed) == 13 {
			thirteens[b.ProductID] = true
		}
	}
	if len(rows.Products) != 20_000 || len(thirteens) != len(rows.Products) {
		t.Errorf("%d of %d products have a GTIN-13", len(thirteens), len(rows.Products))
	}
	if internal == 0 || internal > 1500 {
		t.Errorf("%d internal codes", internal)
	}
}

func TestNamesCodesAndIDsAreUnique(t *testing.T) {
	o := options(noon)
	o.Products = 0
	w := generate(t, o)
	seen := map[string]bool{}
	once := func(what string, parts ...string) {
		t.Helper()
		key := what + strings.Join(parts, " ")
		if seen[key] {
			t.Errorf("%s is not unique", key)
		}
		seen[key] = true
	}
	for _, c := range w.Chain.Categories {
		once("category", c.Code)
		once("id", c.ID.String())
	}
	for _, p := range w.Chain.Products {
		once("product", p.Name)
		once("SKU", p.SKU)
		once("id", p.ID.String())
	}
	for _, s := range w.Stores {
		once("store", s.Store.Name)
		once("code", s.Store.Code)
		for _, task := range s.Tasks {
			once("id", task.ID.String())
		}
		for _, step := range s.Steps {
			once("id", step.ID.String())
		}
	}
}

func TestIDsAreUUIDv7WithTheCreationTime(t *testing.T) {
	for _, task := range defaultChain(t).Stores[0].Tasks {
		seconds, nanos := task.ID.Time().UnixTime()
		if at := time.Unix(seconds, nanos).UTC(); task.ID.Version() != 7 || task.ID.Variant() != uuid.RFC4122 || !at.Equal(task.CreatedAt) {
			t.Fatalf("%s is version %d of %v, not of %v", task.ID, task.ID.Version(), at, task.CreatedAt)
		}
	}
}

func TestSeedDataIsComplete(t *testing.T) {
	w, err := readSeedData()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[tasks.Kind]bool{}
	for _, template := range w.templates {
		kinds[template.row.Kind] = true
		if n := len(template.steps); n < 3 || n > 7 || template.minutes < 1 || template.weight < 1 || !template.steps[0].required {
			t.Errorf("%s has %d steps, takes %d minutes, comes %d times", template.row.Code, n, template.minutes, template.weight)
		}
		if about := strings.Contains(template.row.Title, "{product}"); about != (template.product != noProduct) {
			t.Errorf("%s is about %s, and its title is %q", template.row.Code, template.product, template.row.Title)
		}
		if len(w.comments[template.row.Kind]) < 10 {
			t.Errorf("%s has %d comments", template.row.Kind, len(w.comments[template.row.Kind]))
		}
	}
	zones := map[string]bool{}
	for _, a := range w.areas {
		for _, c := range a.cities {
			zones[c.zone.String()] = true
		}
	}
	if len(kinds) != 7 || len(w.templates) < 20 || len(w.areas) != 20 || len(zones) < 8 || len(w.streets) != 60 {
		t.Errorf("%d kinds, %d templates, %d areas, %d zones, %d streets", len(kinds), len(w.templates), len(w.areas), len(zones), len(w.streets))
	}
}
