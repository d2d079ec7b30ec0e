package resolvers_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/resolvers"
	"aisle/store"
	"aisle/store/fleet"
)

// insertNode registers a node.
func (a *api) insertNode(t *testing.T, id uuid.UUID, streams, subscriptions int) {
	t.Helper()
	_, err := a.pool.Exec(t.Context(), `
		INSERT INTO fleet.node (id, host, roles, version, started_at, connections, streams, subscriptions, components)
		VALUES ($1, 'host', '{api,events}', '1.2.3', '2026-03-01', 16, $2, $3,
			'[{"name": "api", "state": "RUNNING", "restarts": 0},
			  {"name": "tailer", "state": "BACKING_OFF", "restarts": 3, "lastError": "no"}]')`, id, streams, subscriptions)
	if err != nil {
		t.Fatal(err)
	}
}

func TestSystemStatusShowsNodesAndComponents(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := store.NewID()
	a.insertNode(t, id, 2, 5)
	a.insertNode(t, store.NewID(), 1, 1)
	lag := 1.5
	a.resolver.Status = resolvers.SystemStatus{
		Version: "1.2.3", CacheHitRate: func() float64 { return 0.75 }, PingRedis: func(context.Context) error { return errors.New("away") },
		Replicas: func() []graph.SystemReplica {
			return []graph.SystemReplica{{Name: "r", IsHealthy: true, LagSeconds: &lag}}
		},
	}

	got := a.mustQuery(t, a.as("admin"), operation(t, "admin/SystemStatus.graphql"), nil)

	for path, want := range map[string]any{
		"system.version": "1.2.3", "system.instances.0.id": store.GlobalID(fleet.NodePrefix, id), "system.instances.0.roles.1": "events",
		"system.instances.0.components.0.lastError": nil, "system.instances.0.components.1.state": "BACKING_OFF",
		"system.instances.0.components.1.restarts": 3.0, "system.instances.0.components.1.lastError": "no",
		"system.database.primary.isHealthy": true, "system.database.replicas.0.lagSeconds": 1.5,
		"system.cache.isHealthy": false, "system.cache.hitRate": 0.75,
		"system.subscriptions.connections": 3.0, "system.subscriptions.active": 6.0,
	} {
		if is := got.at(path); is != want {
			t.Errorf("%s is %v, want %v: %s", path, is, want, got.JSON)
		}
	}
	if !strings.Contains(got.JSON, `"queues":[]`) {
		t.Errorf("there are no queues: %s", got.JSON)
	}
}

func TestOnlyAdministratorsSeeAndRestartTheSystem(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	restart := `mutation { restartComponent(input: {instanceId: "` + store.GlobalID(fleet.NodePrefix, store.NewID()) + `", component: "api"}) { userErrors { code } } }`
	for _, login := range []string{"region.n", "manager.n1", "supervisor.n1", "associate.n1"} {
		for _, document := range []string{operation(t, "admin/SystemStatus.graphql"), restart} {
			if got := a.query(t, a.as(login), document, nil); len(got.Errors) != 1 || !strings.Contains(got.Errors[0], " requires the permission SYSTEM_") {
				t.Errorf("%s gets %s, %v", login, got.JSON, got.Errors)
			}
		}
	}
}

func TestRestartComponentIsIdempotent(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := store.NewID()
	a.insertNode(t, id, 0, 0)
	document := `mutation($id: ID!) { restartComponent(input: {instanceId: $id, component: "tailer", idempotencyKey: "k"}) {
		instance { id } component { name restarts } userErrors { code } } }`

	for range 2 {
		got := a.mustQuery(t, a.as("admin"), document, vars{"id": store.GlobalID(fleet.NodePrefix, id)})

		if got.at("restartComponent.component.name") != "tailer" || got.at("restartComponent.component.restarts") != 3.0 {
			t.Errorf("got %s", got.JSON)
		}
	}

	var component, by string
	err := a.pool.QueryRow(t.Context(), "SELECT min(component), min(requested_by::text) FROM fleet.restart HAVING count(*) = 1").Scan(&component, &by)
	if err != nil || component != "tailer" || by != a.employee["admin"].String() {
		t.Errorf("%s by %s, %v", component, by, err)
	}
}
