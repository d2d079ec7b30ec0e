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

// operationsCommand is about the operations that nodes run though they cost more than others may.
type operationsCommand struct {
	Register operationsRegister `cmd:"" help:"Register the operations in a folder; all nodes know them within seconds."`
	List     operationsList     `cmd:"" help:"List the registered operations."`
	Forget   operationsForget   `cmd:"" help:"Take an operation back."`
}

type operationsRegister struct {
	database

	Dir    string `arg:"" placeholder:"DIR" help:"Folder with a folder for each client, or with one client's .graphql files. A file holds one operation, and bears its name."`
	Client string `placeholder:"NAME" help:"Whose operations are in the folder itself."`
}

// Run registers all of them, or none.
func (c operationsRegister) Run(ctx context.Context, t Terminal) error {
	list, err := c.read()
	if err != nil {
		return err
	}
	drafts, err := draftsOf(list)
	if err != nil {
		return fmt.Errorf("nothing was registered:\n%w", err)
	}
	var added []registered.Operation
	err = c.change(ctx, "registerOperations", registered.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		added, err = registered.NewService(tx).Register(ctx, tx, auth.SystemScope(), drafts)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range added {
		t.answerf("registered  %s/%s  %s", o.Client, o.Name, o.Hash())
	}
	t.notef("%d of %d operations are new.", len(added), len(drafts))
	return nil
}

// read reads the operations. A file that would be left out is told of: whoever put it there thinks that it is registered.
func (c operationsRegister) read() ([]operations.Operation, error) {
	switch is, err := os.Stat(c.Dir); {
	case err != nil:
		return nil, fmt.Errorf("open the folder: %w", err)
	case !is.IsDir():
		return nil, fmt.Errorf("%s is a file, and a folder is needed", c.Dir)
	}
	list, err := operations.Read(os.DirFS(c.Dir), c.Client)
	if err != nil {
		return nil, err
	}
	astray, err := operations.FindMisplaced(os.DirFS(c.Dir), c.Client)
	if err != nil {
		return nil, err
	}
	place := "a client's folder in " + c.Dir + ", or with --client NAME of " + c.Dir + " itself"
	if c.Client != "" {
		place = c.Dir + " itself, as --client is given"
	}
	var errs []error
	for _, name := range astray {
		errs = append(errs, fmt.Errorf("%s: it would be left out: operations are the .graphql files of %s", name, place))
	}
	switch {
	case len(errs) > 0:
		return nil, fmt.Errorf("nothing was registered:\n%w", errors.Join(errs...))
	case len(list) == 0:
		return nil, fmt.Errorf("there are no operations: they are the .graphql files of %s", place)
	}
	return list, nil
}

// draftsOf checks operations by the schema. The error has all that is wrong with any of them, a line each.
func draftsOf(list []operations.Operation) ([]registered.Draft, error) {
	schema := (&resolvers.Resolver{}).Schema().Schema()
	drafts := make([]registered.Draft, len(list))
	var errs []error
	for i, o := range list {
		if !settings.IsClientName(o.Client) {
			errs = append(errs, fmt.Errorf("%s: a client is called by letters, digits, points, dashes and underscores, not %q", o.File, o.Client))
		}
		_, wrong := document.ParseOperation(schema, o.File, document.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
		errs = append(errs, wrong...)
		drafts[i] = registered.Draft{Client: o.Client, Name: o.Name, Document: o.Document}
	}
	return drafts, errors.Join(errs...)
}

type operationsList struct{ database }

// Run lists them: first those that came with this version.
func (c operationsList) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		rows, err := registered.NewService(pool).List(ctx, auth.SystemScope())
		if err != nil {
			return err
		}
		for _, o := range operations.All() {
			t.answerf("%s/%s  %s  with this version", o.Client, o.Name, document.HashOf(o.Document).String())
		}
		for _, o := range rows {
			t.answerf("%s/%s  %s  since %s", o.Client, o.Name, o.Hash(), instant(o.RegisteredAt))
		}
		return nil
	})
}

type operationsForget struct {
	database

	Client string `arg:"" help:"Whose operation it is."`
	Name   string `arg:"" help:"Its name."`
	Hash   string `placeholder:"HEX" help:"The version whose hash begins so. Without it: all versions."`
}

// Run takes the operation back.
func (c operationsForget) Run(ctx context.Context, t Terminal) error {
	var gone []registered.Operation
	err := c.change(ctx, "forgetOperations", registered.Lock(), func(ctx context.Context, tx *store.Tx) (err error) {
		gone, err = registered.NewService(tx).Unregister(ctx, tx, auth.SystemScope(), c.Client, c.Name, c.Hash)
		return err
	})
	if err == nil && len(gone) == 0 {
		err = fmt.Errorf("%s/%s is not registered in the database, or in no such version: "+
			"`aisle operations list` shows what is", c.Client, c.Name)
	}
	for _, o := range gone {
		t.answerf("forgot  %s/%s  %s", o.Client, o.Name, o.Hash())
	}
	return err
}
