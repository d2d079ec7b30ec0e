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

	"aisle/bench/stage"
	"aisle/store"
)

//go:embed views.sql
var viewsSQL string

//go:embed prepare.sql
var prepareSQL string

//go:embed restore.sql
var restoreSQL string

// crowd are those who ask, and what they can ask for.
type crowd struct {
	shops   [][]*person // the people of each store, its manager first
	regions []*person   // the managers of regions
	tasks   []task      // that can be completed, of random stores
	taken   *atomic.Int64
}

// person is somebody who works in a store, or manages a region.
type person struct {
	id, login string
	place     string // the store's id, or the region's
	token     string
	etag      string // of what they were shown last
}

// task is one that can be completed.
type task struct {
	id   uuid.UUID
	shop int
}

// any is a random person of a random store; manager is a random store's manager.
func (c *crowd) any(r *rand.Rand) *person {
	people := c.shops[r.IntN(len(c.shops))]
	return people[r.IntN(len(people))]
}

// managers are those of all stores.
func (c *crowd) managers() (list []*person) {
	for _, people := range c.shops {
		list = append(list, people[0])
	}
	return list
}

func (c *crowd) manager(r *rand.Rand) *person { return c.shops[r.IntN(len(c.shops))][0] }
func (c *crowd) region(r *rand.Rand) *person  { return c.regions[r.IntN(len(c.regions))] }

// take is a task that nobody has completed yet, and somebody who may; errNothingLeft when all are completed.
func (c *crowd) take() (task, *person, error) {
	i := int(c.taken.Add(1)) - 1
	if i >= len(c.tasks) {
		c.taken.Add(-1)
		return task{}, nil, errNothingLeft
	}
	t := c.tasks[i]
	return t, c.shops[t.shop][0], nil
}

// gather prepares the database and finds who is there. Stores that are not open, or not yet, have nothing to do.
func gather(ctx context.Context, s *stage.Stage, perShop int) (*crowd, error) {
	for _, sql := range []string{viewsSQL, prepareSQL, "VACUUM ANALYZE tasks.task, tasks.step, peers.prepared"} {
		if _, err := s.Looker.Exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("prepare the database: %w", err)
		}
	}
	c := &crowd{taken: &atomic.Int64{}}
	numbers := map[string]int{}
	err := each(ctx, s.Looker, `
		SELECT id, login, store_id FROM staff.employee
		WHERE status = 'ACTIVE' AND store_id IN (SELECT store_id FROM peers.prepared)
		ORDER BY store_id, role <> 'STORE_MANAGER', id`, func(p *person) {
		i, known := numbers[p.place]
		if !known {
			i, numbers[p.place] = len(c.shops), len(c.shops)
			c.shops = append(c.shops, nil)
		}
		if len(c.shops[i]) < perShop {
			c.shops[i] = append(c.shops[i], p)
		}
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.Looker, `
		SELECT id, login, region_id FROM staff.employee
		WHERE status = 'ACTIVE' AND role = 'REGION_MANAGER' ORDER BY id`, func(p *person) { c.regions = append(c.regions, p) })
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.Looker, `SELECT id, '', store_id FROM peers.prepared ORDER BY md5(id::text)`, func(p *person) {
		c.tasks = append(c.tasks, task{uuid.MustParse(p.id), numbers[p.place]})
	})
	return c, err
}

// each reads rows of an id, a login and a place.
func each(ctx context.Context, db store.DB, sql string, f func(*person)) error {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("find who is there: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, place uuid.UUID
		p := &person{}
		if err := rows.Scan(&id, &p.login, &place); err != nil {
			return fmt.Errorf("find who is there: %w", err)
		}
		p.id, p.place = id.String(), place.String()
		f(p)
	}
	return store.Wrap("find who is there", rows.Err())
}

// signIn signs all in. Their password is hashed anew before, at the least cost there is: thousands of them sign in here, and
// none while anything is measured.
func (c *crowd) signIn(ctx context.Context, s *stage.Stage, n *stage.Node) error {
	const atOnce, least = 32, 8 // KiB
	hash, err := argon2id.CreateHash(stage.Password, &argon2id.Params{
		Memory: least, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32,
	})
	if err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	if _, err := s.Looker.Exec(ctx, "UPDATE access.credential SET password_hash = $1", hash); err != nil {
		return fmt.Errorf("change all passwords: %w", err)
	}
	group, signing := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, people := range append(c.shops, c.regions) {
		for _, p := range people {
			group.Go(func() (err error) {
				p.token, _, err = n.SignIn(signing, p.login)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("sign all in: %w", err)
	}
	return nil
}

// restore makes the database as it was before anybody completed a task, for the next peer.
func (c *crowd) restore(ctx context.Context, s *stage.Stage) error {
	c.taken.Store(0)
	for _, sql := range []string{restoreSQL, "VACUUM ANALYZE tasks.task", "CHECKPOINT"} {
		if _, err := s.Looker.Exec(ctx, sql); err != nil {
			return fmt.Errorf("restore the database: %w", err)
		}
	}
	return s.FlushRedis(ctx)
}
