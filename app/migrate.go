package app

import (
	"context"

	"aisle/store/postgres"
)

// migrateCommand migrates the database.
type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply all pending migrations."`
	Down   migrateDown   `cmd:"" help:"Revert the latest migration. Data in the tables and columns that it added is lost."`
	Status migrateStatus `cmd:"" help:"List applied and pending migrations."`
}

type (
	migrateUp     struct{ database }
	migrateDown   struct{ database }
	migrateStatus struct{ database }
)

// Run applies all pending migrations.
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
		t.printf("Nothing to do: all migrations are applied.")
	}
	for _, m := range applied {
		t.printf("Applied %s.", m.Name)
	}
	return nil
}

// Run reverts the latest migration.
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
		t.printf("Nothing to do: no migration is applied.")
	}
	for _, m := range reverted {
		t.printf("Reverted %s.", m.Name)
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
		state := "pending"
		if m.Applied {
			state = "applied"
		}
		t.printf("%s  %s", state, m.Name)
	}
	return nil
}
