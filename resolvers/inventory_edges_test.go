package resolvers_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"aisle/auth"
	"aisle/store"
	"aisle/store/inventory"
)

// receive records receipts of one unit each.
func (a *api) receive(t *testing.T, v auth.Viewer, code, sku string, n int) {
	t.Helper()
	rows := make([]any, n)
	for i := range rows {
		rows[i] = vars{"storeCode": code, "sku": sku, "kind": "RECEIPT", "quantity": 1}
	}
	if got := a.sendOperation(t, v, "partner/RecordStock.graphql", vars{"movements": rows}); got.at("recordedCount") != float64(n) {
		t.Fatal(got.JSON)
	}
}

const movementEdges = `query ($id: ID!) { node(id: $id) { ... on Stock { createdAt updatedAt
	lots { edges { node { store { code } product { sku } createdAt updatedAt } } }
	movements { edges { node { createdAt store { code } product { sku } stock { id onHand }
		actor { __typename ... on Employee { login } ... on Partner { name } } } } } } } }`

func TestMovementsAndLotsLeadBackToTheirStoreProductAndActor(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	partner := a.asPartner(t, "inventory:write")
	a.receive(t, a.as("manager.n1"), "N1", "100", 1)
	a.receive(t, partner, "N1", "100", 1)
	if _, err := a.pool.Exec(t.Context(), "UPDATE inventory.movement SET actor_id = NULL, recorded_at = $1 WHERE actor_id = $2",
		now.Add(-time.Hour), a.employee["manager.n1"]); err != nil {
		t.Fatal(err)
	}
	a.receive(t, a.as("manager.n1"), "N1", "100", 1)
	id := store.GlobalID(inventory.StockPrefix, a.stock["N1 100"])

	got := a.mustQuery(t, a.as("admin"), movementEdges, vars{"id": id})

	actors := map[string]int{}
	for i := range 3 {
		path := fmt.Sprintf("node.movements.edges.%d.node.", i)
		if got.at(path+"store.code") != "N1" || got.at(path+"product.sku") != "100" || got.at(path+"stock.id") != id ||
			got.at(path+"stock.onHand") != 8.0 {
			t.Errorf("movement %d: %s", i, got.JSON)
		}
		name, _ := got.at(path + "actor.name").(string)
		login, _ := got.at(path + "actor.login").(string)
		actors[fmt.Sprint(got.at(path+"actor.__typename"), " ", login, name)]++
	}
	want := map[string]int{"Employee manager.n1": 1, "Partner The ERP": 1, "<nil> ": 1}
	if !maps.Equal(actors, want) {
		t.Errorf("actors %v, want %v", actors, want)
	}
	if got.at("node.lots.edges.0.node.store.code") != "N1" || got.at("node.lots.edges.0.node.product.sku") != "100" ||
		got.at("node.lots.edges.0.node.createdAt") != "2026-03-02T17:00:00.000Z" ||
		got.at("node.lots.edges.0.node.updatedAt") != "2026-03-02T17:00:00.000Z" || got.at("node.createdAt") != "2026-03-02T17:00:00.000Z" {
		t.Errorf("got %s", got.JSON)
	}
}

// A store's staff see neither partners nor the employees of other stores.
func TestActorOutsideTheScopeIsHidden(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.receive(t, a.asPartner(t, "inventory:write"), "N1", "100", 1)
	got := a.mustQuery(t, a.as("associate.n1"), `query ($id: ID!) { node(id: $id) { ... on Stock {
		movements { edges { node { actor { __typename } } } } } } }`, vars{"id": store.GlobalID(inventory.StockPrefix, a.stock["N1 100"])})
	if got.JSON != `{"node":{"movements":{"edges":[{"node":{"actor":null}}]}}}` {
		t.Errorf("got %s", got.JSON)
	}
}

func TestEdgesOfMovementsCostOneStatementPerLevel(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.receive(t, a.as("manager.n1"), "N1", "100", 1)
	a.receive(t, a.as("manager.n1"), "N1", "200", 20)
	ask := func(sku string) int {
		return a.mustQuery(t, a.as("admin"), movementEdges, vars{"id": store.GlobalID(inventory.StockPrefix, a.stock["N1 "+sku])}).Statements
	}
	if one, many := ask("100"), ask("200"); many != one {
		t.Errorf("%d statements for 20 movements, %d for one", many, one)
	}
}
