package app

import (
	"context"
	"errors"
	"fmt"
	"os"

	"aisle/app/settings"
	"aisle/auth"
	"aisle/gateway/document"
	"aisle/operations"
	"aisle/resolvers"
	"aisle/store"
	registered "aisle/store/operations"
	"aisle/store/postgres"
)

// operationsCommand manages registered operations.
type operationsCommand struct {
	Register operationsRegister `cmd:"" help:"Register the operations in a directory. All nodes load them within seconds."`
	List     operationsList     `cmd:"" help:"List the registered operations."`
	Forget   operationsForget   `cmd:"" help:"Remove a registered operation."`
}

type operationsRegister struct {
	database

	Dir    string `arg:"" placeholder:"DIR" help:"Directory with a subdirectory for each client, or, with --client, the .graphql files of one client. A file contains one operation and has its name."`
	Client string `placeholder:"NAME" help:"Client whose operations are in the directory itself."`
}

// Run registers all operations, or none if one is invalid.
func (c operationsRegister) Run(ctx context.Context, t Terminal) error {
	list, err := c.read()
	if err != nil {
		return err
	}
	drafts, err := validate(list)
	if err != nil {
		return fmt.Errorf("nothing was registered:\n%w", err)
	}
	var added []registered.Operation
	err = c.runCommand(ctx, "registerOperations", registered.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		added, err = registered.NewService(tx).Register(ctx, tx, auth.SystemScope(), drafts)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range added {
		t.printf("registered  %s/%s  %s", o.Client, o.Name, o.Hash())
	}
	t.notef("%d of %d operations are new.", len(added), len(drafts))
	return nil
}

// read reads the operations. It returns an error for each misplaced file, because the user expects it to be registered.
func (c operationsRegister) read() ([]operations.Operation, error) {
	switch info, err := os.Stat(c.Dir); {
	case err != nil:
		return nil, fmt.Errorf("open the directory: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s is a file, not a directory", c.Dir)
	}
	list, err := operations.Read(os.DirFS(c.Dir), c.Client)
	if err != nil {
		return nil, err
	}
	misplaced, err := operations.FindMisplaced(os.DirFS(c.Dir), c.Client)
	if err != nil {
		return nil, err
	}
	where := "a subdirectory of " + c.Dir + " for each client, or with --client NAME in " + c.Dir + " itself"
	if c.Client != "" {
		where = c.Dir + " itself, because --client is set"
	}
	var errs []error
	for _, name := range misplaced {
		errs = append(errs, fmt.Errorf("%s: misplaced file: operations must be .graphql files in %s", name, where))
	}
	switch {
	case len(errs) > 0:
		return nil, fmt.Errorf("nothing was registered:\n%w", errors.Join(errs...))
	case len(list) == 0:
		return nil, fmt.Errorf("no operations found: operations must be .graphql files in %s", where)
	}
	return list, nil
}

// validate validates operations against the schema. The error has a line for each problem.
func validate(list []operations.Operation) ([]registered.Draft, error) {
	schema := (&resolvers.Resolver{}).Schema().Schema()
	drafts := make([]registered.Draft, len(list))
	var errs []error
	for i, o := range list {
		if !settings.IsClientName(o.Client) {
			errs = append(errs, fmt.Errorf("%s: invalid client name %q: want letters, digits, dots, dashes and underscores", o.File, o.Client))
		}
		_, wrong := document.ParseOperation(schema, o.File, document.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
		errs = append(errs, wrong...)
		drafts[i] = registered.Draft{Client: o.Client, Name: o.Name, Document: o.Document}
	}
	return drafts, errors.Join(errs...)
}

type operationsList struct{ database }

// Run lists the operations, first those that are part of this version.
func (c operationsList) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		rows, err := registered.NewService(pool).List(ctx, auth.SystemScope())
		if err != nil {
			return err
		}
		for _, o := range operations.All() {
			t.printf("%s/%s  %s  part of this version", o.Client, o.Name, document.HashOf(o.Document).String())
		}
		for _, o := range rows {
			t.printf("%s/%s  %s  registered %s", o.Client, o.Name, o.Hash(), instant(o.RegisteredAt))
		}
		return nil
	})
}

type operationsForget struct {
	database

	Client string `arg:"" help:"Client of the operation."`
	Name   string `arg:"" help:"Name of the operation."`
	Hash   string `placeholder:"HEX" help:"Version to remove, by the beginning of its hash. Default: all versions."`
}

// Run removes the operation.
func (c operationsForget) Run(ctx context.Context, t Terminal) error {
	var removed []registered.Operation
	err := c.runCommand(ctx, "forgetOperations", registered.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		removed, err = registered.NewService(tx).Unregister(ctx, tx, auth.SystemScope(), c.Client, c.Name, c.Hash)
		return err
	})
	if err == nil && len(removed) == 0 {
		err = fmt.Errorf("%s/%s is not registered, or not in that version: "+
			"`aisle operations list` lists registered operations", c.Client, c.Name)
	}
	for _, o := range removed {
		t.printf("removed  %s/%s  %s", o.Client, o.Name, o.Hash())
	}
	return err
}
