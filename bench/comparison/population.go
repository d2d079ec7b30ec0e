package main

import (
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/bench/harness"
	"aisle/store"
)

//go:embed views.sql
var viewsSQL string

//go:embed prepare.sql
var prepareSQL string

//go:embed restore.sql
var restoreSQL string

// population are the people who send requests, and the tasks that they can complete.
type population struct {
	stores         [][]*person // by store; the first is the manager
	regionManagers []*person   // one per region
	tasks          []task      // of random stores
	taken          *atomic.Int64
}

// person is an employee of a store or a region manager.
type person struct {
	id, login  string
	locationID string // id of the store or of the region
	token      string
	etag       string // of the last response
}

// task can be completed.
type task struct {
	id    uuid.UUID
	store int
}

// any returns a random person of a random store.
func (c *population) any(r *rand.Rand) *person {
	people := c.stores[r.IntN(len(c.stores))]
	return people[r.IntN(len(people))]
}

// managers returns the manager of each store.
func (c *population) managers() (list []*person) {
	for _, people := range c.stores {
		list = append(list, people[0])
	}
	return list
}

func (c *population) manager(r *rand.Rand) *person { return c.stores[r.IntN(len(c.stores))][0] }
func (c *population) region(r *rand.Rand) *person {
	return c.regionManagers[r.IntN(len(c.regionManagers))]
}

// take returns a task that is not completed yet and a person who can complete it. It returns errNothingLeft if there is
// none.
func (c *population) take() (task, *person, error) {
	i := int(c.taken.Add(1)) - 1
	if i >= len(c.tasks) {
		c.taken.Add(-1)
		return task{}, nil, errNothingLeft
	}
	t := c.tasks[i]
	return t, c.stores[t.store][0], nil
}

// loadPopulation prepares the database and loads the population. Stores without tasks, such as closed ones, are left out.
func loadPopulation(ctx context.Context, s *harness.Harness, employeesPerStore int) (*population, error) {
	for _, sql := range []string{viewsSQL, prepareSQL, "VACUUM ANALYZE tasks.task, tasks.step, peers.prepared"} {
		if _, err := s.AdminPool.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("prepare the database: %w", err)
		}
	}
	c := &population{taken: &atomic.Int64{}}
	numbers := map[string]int{}
	err := queryPersons(ctx, s.AdminPool, `
		SELECT id, login, store_id FROM staff.employee
		WHERE status = 'ACTIVE' AND store_id IN (SELECT store_id FROM peers.prepared)
		ORDER BY store_id, role <> 'STORE_MANAGER', id`, func(p *person) {
		i, known := numbers[p.locationID]
		if !known {
			i, numbers[p.locationID] = len(c.stores), len(c.stores)
			c.stores = append(c.stores, nil)
		}
		if len(c.stores[i]) < employeesPerStore {
			c.stores[i] = append(c.stores[i], p)
		}
	})
	if err != nil {
		return nil, err
	}
	err = queryPersons(ctx, s.AdminPool, `
		SELECT id, login, region_id FROM staff.employee
		WHERE status = 'ACTIVE' AND role = 'REGION_MANAGER' ORDER BY id`, func(p *person) { c.regionManagers = append(c.regionManagers, p) })
	if err != nil {
		return nil, err
	}
	err = queryPersons(ctx, s.AdminPool, `SELECT id, '', store_id FROM peers.prepared ORDER BY md5(id::text)`, func(p *person) {
		c.tasks = append(c.tasks, task{uuid.MustParse(p.id), numbers[p.locationID]})
	})
	return c, err
}

// queryPersons calls f for each row of an id, a login and a store or region.
func queryPersons(ctx context.Context, db store.DB, sql string, f func(*person)) error {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("load the population: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, location uuid.UUID
		p := &person{}
		if err := rows.Scan(&id, &p.login, &location); err != nil {
			return fmt.Errorf("load the population: %w", err)
		}
		p.id, p.locationID = id.String(), location.String()
		f(p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load the population: %w", err)
	}
	return nil
}

// signIn signs everybody in. It first replaces all password hashes by the cheapest possible ones, because thousands of
// people sign in.
func (c *population) signIn(ctx context.Context, s *harness.Harness, n *harness.Node) error {
	const concurrency, minMemoryKiB = 32, 8
	hash, err := argon2id.CreateHash(harness.Password, &argon2id.Params{
		Memory: minMemoryKiB, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32,
	})
	if err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	if _, err := s.AdminPool.Exec(ctx, "UPDATE access.credential SET password_hash = $1", hash); err != nil {
		return fmt.Errorf("replace the password hashes: %w", err)
	}
	group, signing := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for _, people := range append(c.stores, c.regionManagers) {
		for _, p := range people {
			group.Go(func() (err error) {
				p.token, _, err = n.SignIn(signing, p.login)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return nil
}

// restore resets the database to its state before tasks were completed, for the next peer.
func (c *population) restore(ctx context.Context, s *harness.Harness) error {
	c.taken.Store(0)
	for _, sql := range []string{restoreSQL, "VACUUM ANALYZE tasks.task", "CHECKPOINT"} {
		if _, err := s.AdminPool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("restore the database: %w", err)
		}
	}
	return s.FlushRedis(ctx)
}
