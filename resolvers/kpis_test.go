package resolvers_test

import (
	"strings"
	"testing"

	"aisle/store"
	"aisle/store/stores"
)

// queryKPIs queries the KPIs of a store.
func (a *api) queryKPIs(t *testing.T, login, code, from, to string) response {
	t.Helper()
	return a.query(t, a.as(login), operation(t, "admin/StoreKpis.graphql"), vars{
		"storeId": store.GlobalID(stores.StorePrefix, a.store[code]), "from": from, "to": to,
	})
}

// insertDays inserts the KPIs of 28 February and 2 March.
func (a *api) insertDays(t *testing.T, codes ...string) {
	t.Helper()
	for _, code := range codes {
		_, err := a.pool.Exec(t.Context(), `INSERT INTO kpis.day VALUES
			($1, '2026-02-28', 3, 2, '{600, 60, 120}', 4, 2, 1), ($1, '2026-03-02', 1, 1, '{180}', 1, 1, 0)`, a.store[code])
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestKPIsOfARangeSumUpItsDays(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.insertDays(t, "N1")

	got := a.queryKPIs(t, "manager.n1", "N1", "2026-02-28", "2026-03-02")

	want := `"kpis":{"tasksCompleted":4,"onTimeRate":0.75,"medianSecondsToComplete":150,"nps":40,"feedbackCount":5,"days":[` +
		`{"date":"2026-02-28","tasksCompleted":3,"onTimeRate":0.6666666666666666,"nps":25},` +
		`{"date":"2026-03-01","tasksCompleted":0,"onTimeRate":null,"nps":null},` +
		`{"date":"2026-03-02","tasksCompleted":1,"onTimeRate":1,"nps":100}]}`
	if !strings.Contains(got.JSON, want) || len(got.Errors) > 0 {
		t.Errorf("got %s %v", got.JSON, got.Errors)
	}
}

func TestKPIsOfAnInactiveStoreAreZeroAndNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)

	got := a.queryKPIs(t, "manager.n1", "N1", "2026-03-02", "2026-03-02")

	want := `"kpis":{"tasksCompleted":0,"onTimeRate":null,"medianSecondsToComplete":null,"nps":null,"feedbackCount":0,"days":[` +
		`{"date":"2026-03-02","tasksCompleted":0,"onTimeRate":null,"nps":null}]}`
	if !strings.Contains(got.JSON, want) || len(got.Errors) > 0 {
		t.Errorf("got %s %v", got.JSON, got.Errors)
	}
}

func TestInvalidRangeOfDaysIsRejected(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	tests := map[string]struct{ from, to, says, about string }{
		"turned":   {"2026-03-02", "2026-03-01", "must not be before the first day, 2026-03-02; got 2026-03-01.", "to"},
		"to come":  {"2026-03-01", "2026-03-04", "The last day must not be in the future; got 2026-03-04.", "to"},
		"too long": {"2025-03-01", "2026-03-02", "A range must have at most 366 days; got 367, from 2025-03-01 to 2026-03-02.", "from"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := a.queryKPIs(t, "admin", "N1", test.from, test.to)

			if len(got.Errors) != 1 || !strings.Contains(got.Errors[0], test.says) || len(got.ErrorFields) != 1 || got.ErrorFields[0] != test.about {
				t.Errorf("errors %v about %v", got.Errors, got.ErrorFields)
			}
			if got.at("store.kpis") != nil || got.at("store.name") != "Store N1" {
				t.Errorf("got %s", got.JSON)
			}
		})
	}
}

func TestKPIsAreVisibleToViewersOfTheStore(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.insertDays(t, "N1")
	for login, sees := range map[string]bool{
		"admin": true, "region.n": true, "manager.n1": true, "associate.n1": true,
		"region.s": false, "manager.n2": false, "associate.s1": false,
	} {
		t.Run(login, func(t *testing.T) {
			t.Parallel()
			got := a.queryKPIs(t, login, "N1", "2026-02-28", "2026-03-02")

			if seen := got.at("store.kpis.tasksCompleted") == 4.0; seen != sees || len(got.Errors) > 0 {
				t.Errorf("seen: %v, want %v: %s %v", seen, sees, got.JSON, got.Errors)
			}
		})
	}
}

func TestKPIsOfAllStoresAreLoadedWithOneStatement(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.insertDays(t, "N1", "N2", "S1")

	without := a.mustQuery(t, a.as("admin"), `{ stores { edges { node { id } } } }`, nil)
	with := a.mustQuery(t, a.as("admin"),
		`{ stores { edges { node { kpis(from: "2025-03-03", to: "2026-03-02") { tasksCompleted days { date } } } } } }`, nil)

	if with.Statements-without.Statements != 1 {
		t.Errorf("the KPIs of all stores took %d statements", with.Statements-without.Statements)
	}
	if with.at("stores.edges.2.node.kpis.tasksCompleted") != 4.0 {
		t.Errorf("wrong KPIs: %s", with.JSON)
	}
}
