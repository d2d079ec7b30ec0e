package app

import (
	"context"

	"aisle/store/postgres"
)

// migrateCommand changes the database's tables.
type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply what is missing."`
	Down   migrateDown   `cmd:"" help:"Take the newest migration back. What it made is lost."`
	Status migrateStatus `cmd:"" help:"List what is applied and what is missing."`
}

type (
	migrateUp     struct{ database }
	migrateDown   struct{ database }
	migrateStatus struct{ database }
)

// Run applies what is missing.
func (c migrateUp) Run(ctx context.Context, t Terminal) error {
	url, err := c.url()
	if err != nil {
		return err
	}
	applied, err := postgres.MigrateUp(ctx, url)
	if err != nil {
		return err
	}
	if len(applied) == 0 {
		t.answerf("Nothing to do: all migrations are applied.")
	}
	for _, m := range applied {
		t.answerf("Applied %s.", m.Name)
	}
	return nil
}

// Run takes the newest migration back.
func (c migrateDown) Run(ctx context.Context, t Terminal) error {
	url, err := c.url()
	if err != nil {
		return err
	}
	reverted, err := postgres.MigrateDown(ctx, url)
	if err != nil {
		return err
	}
	if len(reverted) == 0 {
		t.answerf("Nothing to do: no migration is applied.")
	}
	for _, m := range reverted {
		t.answerf("Took back %s.", m.Name)
	}
	return nil
}

// Run lists the migrations.
func (c migrateStatus) Run(ctx context.Context, t Terminal) error {
	url, err := c.url()
	if err != nil {
		return err
	}
	list, err := postgres.MigrationStatus(ctx, url)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "missing"
		if m.Applied {
			state = "applied"
		}
		t.answerf("%s  %s", state, m.Name)
	}
	return nil
}
