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

// demoPassword is the password of all the demo chain's accounts, and the secret of its partner. It is no secret.
const demoPassword = "aisle-demo"

// seedCommand fills a database with a demo chain.
type seedCommand struct {
	database

	Stores int    `default:"20" type:"count" help:"How many stores."`
	Seed   uint64 `default:"1"  type:"seed"  help:"The chain is the same for the same seed."`
}

// Run fills the database. It refuses one that has a chain.
func (c seedCommand) Run(ctx context.Context, t Terminal) error {
	url, err := c.url()
	if err != nil {
		return err
	}
	pool, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := postgres.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	empty, err := demo.Empty(ctx, pool)
	if err != nil {
		return err
	}
	if !empty {
		return errors.New("the database has a chain already, and a demo chain is only put into an empty one")
	}
	return fill(ctx, pool, chain{c.Stores, c.Seed}, t)
}

// chain says which demo chain.
type chain struct {
	stores int
	seed   uint64
}

// seed fills the database when it is empty.
func seed(ctx context.Context, databaseURL string, c chain, t Terminal) error {
	pool, err := postgres.Open(ctx, databaseURL, postgres.Options{})
	if err != nil {
		return err
	}
	defer pool.Close()
	empty, err := demo.Empty(ctx, pool)
	if err != nil || !empty {
		return err
	}
	return fill(ctx, pool, c, t)
}

// fill makes the demo chain.
func fill(ctx context.Context, pool *postgres.Pool, c chain, t Terminal) error {
	passwords, err := auth.NewPasswords(1)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	bar := newBar(t, fmt.Sprintf("Making a demo chain of %d stores", c.stores))
	made, err := demo.Load(ctx, pool, demo.Options{
		Stores: c.stores, Seed: c.seed, Now: time.Now(), Progress: bar.set, PasswordHash: hash,
		SecretHash: auth.HashPartnerSecret(demoPassword),
	})
	bar.finish()
	if err != nil {
		return fmt.Errorf("make the demo chain: %w", err)
	}
	if err := node.RebuildKPIs(ctx, pool); err != nil { // a node would, too, when it starts: here they are there at once
		return fmt.Errorf("make the key figures of the demo chain: %w", err)
	}
	t.notef("Made %v.", made)
	return nil
}
