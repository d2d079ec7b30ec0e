package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aisle/app/demo"
	"aisle/app/node"
	"aisle/auth"
	"aisle/store/postgres"
)

// demoPassword is the password of all accounts of the demo chain, and the client secret of its partner. It is public.
const demoPassword = "aisle-demo"

// seedCommand fills a database with a demo chain.
type seedCommand struct {
	database

	Stores int    `default:"20" type:"count" help:"Number of stores."`
	Seed   uint64 `default:"1"  type:"seed"  help:"Seed of the random data. The same seed gives the same chain."`
}

// Run fills the database. It returns an error if the database is not empty.
func (c seedCommand) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		empty, err := demo.Empty(ctx, pool)
		if err != nil {
			return err
		}
		if !empty {
			return errors.New("the database is not empty: seed an empty database")
		}
		return fill(ctx, pool, chain{c.Stores, c.Seed}, t)
	})
}

// chain selects a demo chain.
type chain struct {
	stores int
	seed   uint64
}

// seedIfEmpty fills the database if it is empty.
func (d database) seedIfEmpty(ctx context.Context, c chain, t Terminal) error {
	return d.withPool(ctx, func(pool *postgres.Pool) error {
		empty, err := demo.Empty(ctx, pool)
		if err != nil || !empty {
			return err
		}
		return fill(ctx, pool, c, t)
	})
}

// fill creates the demo chain.
func fill(ctx context.Context, pool *postgres.Pool, c chain, t Terminal) error {
	passwords, err := auth.NewPasswords(1)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	bar := newBar(t, fmt.Sprintf("Creating a demo chain of %d stores", c.stores))
	summary, err := demo.Load(ctx, pool, demo.Options{
		Stores: c.stores, Seed: c.seed, Now: time.Now(), Progress: bar.set, PasswordHash: hash,
		SecretHash: auth.HashPartnerSecret(demoPassword),
	})
	bar.finish()
	if err != nil {
		return fmt.Errorf("create the demo chain: %w", err)
	}
	if err := node.RebuildKPIs(ctx, pool); err != nil { // a node would do this when it starts
		return fmt.Errorf("compute the KPIs of the demo chain: %w", err)
	}
	t.notef("Created %v.", summary)
	return nil
}
