package demo

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/store/stores"
	"aisle/store/tasks"
)

func TestTasksReferenceRowsOfTheirStore(t *testing.T) {
	w := defaultChain(t)
	templates := map[uuid.UUID]tasks.Kind{}
	for _, row := range w.Chain.Templates {
		templates[row.ID] = row.Kind
	}
	for _, s := range w.Stores {
		people, goods, made := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
		for _, e := range s.Employees {
			people[e.ID] = true
			if e.StoreID != nullUUID(s.Store.ID) {
				t.Fatalf("%s works in another store", e.Login)
			}
		}
		for _, row := range s.Stocks {
			goods[row.ProductID] = row.StoreID == s.Store.ID
		}
		for _, row := range s.Tasks {
			made[row.ID] = true
			if row.StoreID != s.Store.ID || templates[row.TemplateID.UUID] != row.Kind {
				t.Fatalf("%+v is of another store or kind", row)
			}
			if row.AssigneeID.Valid && !people[row.AssigneeID.UUID] || row.ProductID.Valid && !goods[row.ProductID.UUID] {
				t.Fatalf("%+v has an assignee or a product of another store", row)
			}
			if (row.Status == tasks.StatusOpen) == row.AssigneeID.Valid && row.Status != tasks.StatusCancelled {
				t.Fatalf("%+v is %s", row, row.Status)
			}
		}
		for _, row := range s.Steps {
			if row.StoreID != s.Store.ID || !made[row.TaskID] || row.Done != people[row.DoneByID.UUID] {
				t.Fatalf("%+v refers to another store", row)
			}
		}
		for _, row := range s.Comments {
			if row.StoreID != s.Store.ID || !made[row.TaskID] || !people[row.AuthorID] || row.Body == "" {
				t.Fatalf("%+v refers to another store", row)
			}
		}
	}
}

func TestStoresReferenceRegionAndTimezone(t *testing.T) {
	w := defaultChain(t)
	regions := map[uuid.UUID]int{}
	for _, row := range w.Chain.Regions {
		regions[row.ID] = 0
	}
	for _, s := range w.Stores {
		if _, known := regions[s.Store.RegionID]; !known {
			t.Errorf("%s has no region", s.Store.Code)
		}
		regions[s.Store.RegionID]++
		if _, err := time.LoadLocation(s.Store.Timezone); err != nil || s.Store.Timezone == "" {
			t.Errorf("%s: zone %q: %v", s.Store.Code, s.Store.Timezone, err)
		}
	}
	for _, m := range w.Chain.Managers {
		if regions[m.RegionID.UUID] == 0 {
			t.Errorf("%s has no stores", m.Login)
		}
	}
}

func TestCategoriesHaveThreeLevelsAndProductsAreInTheLeaves(t *testing.T) {
	rows := defaultChain(t).Chain
	level := map[uuid.UUID]int{}
	count := map[int]int{}
	for _, c := range rows.Categories { // parents come first
		level[c.ID] = level[c.ParentID.UUID] + 1
		count[level[c.ID]]++
	}
	if len(count) != 3 || count[1] < 12 || count[3] < 80 {
		t.Error(count)
	}
	for _, p := range rows.Products {
		if level[p.CategoryID.UUID] != 3 {
			t.Fatalf("%s is in a category of level %d", p.Name, level[p.CategoryID.UUID])
		}
	}
}

func TestPricesAreValidAndPlausible(t *testing.T) {
	next := 0
	for _, s := range defaultChain(t).Stores {
		inForce := map[uuid.UUID]bool{}
		for _, row := range s.Prices {
			dollars := row.Amount.InexactFloat64()
			if dollars < 0.25 || dollars > 60 || row.Currency != "USD" || row.StoreID != s.Store.ID {
				t.Fatalf("%+v is not a plausible price", row)
			}
			if row.ValidFrom.After(noon) {
				next++
			} else {
				inForce[row.ProductID] = true
			}
		}
		for _, row := range s.Stocks {
			if !inForce[row.ProductID] {
				t.Fatalf("%s has no price of %s", s.Store.Code, row.ProductID)
			}
		}
	}
	if next < manyStores*productsPerStore/20 {
		t.Errorf("only %d prices of next week", next)
	}
}

func TestLotsAddUpToTheStockAndHaveNotExpired(t *testing.T) {
	expiring := 0
	for _, s := range defaultChain(t).Stores {
		onHand, inLots := map[uuid.UUID]int32{}, map[uuid.UUID]int32{}
		for _, row := range s.Stocks {
			onHand[row.ProductID] = row.OnHand
			if row.OnHand < 0 || row.ReorderPoint < 1 || row.ShelfCapacity <= row.ReorderPoint {
				t.Fatalf("%+v is not a plausible stock", row)
			}
		}
		today := localDate(noon, s.Store)
		for _, row := range s.Lots {
			inLots[row.ProductID] += row.Quantity
			if row.Quantity < 1 || row.ExpiresOn.Before(today) || row.ReceivedAt.After(noon) {
				t.Fatalf("%+v cannot be in the store on %v", row, today)
			}
			if !row.ExpiresOn.After(today.AddDate(0, 0, 1)) {
				expiring++
			}
		}
		for product, quantity := range inLots {
			if quantity != onHand[product] {
				t.Fatalf("%s has lots of %d units and %d on hand", s.Store.Code, quantity, onHand[product])
			}
		}
	}
	if expiring < manyStores {
		t.Errorf("only %d lots expire today or tomorrow", expiring)
	}
}

func TestStoresShareMuchOfTheirAssortment(t *testing.T) {
	w := defaultChain(t)
	first := map[uuid.UUID]bool{}
	for _, row := range w.Stores[0].Stocks {
		first[row.ProductID] = true
	}
	common := 0
	for _, row := range w.Stores[1].Stocks {
		if first[row.ProductID] {
			common++
		}
	}
	if common < productsPerStore/3 || common == productsPerStore {
		t.Errorf("%d of %d products in common", common, productsPerStore)
	}
}

// localDate returns the local date of a store as midnight in UTC.
func localDate(at time.Time, s stores.CopyStoresParams) time.Time {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		panic(err)
	}
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
