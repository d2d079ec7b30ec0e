package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"aisle/app/importer"
	"aisle/store"
)

// importCommand reads what another system has written.
type importCommand struct {
	Stores   importStores   `cmd:"" help:"Read stores. Those that are there already (same code) are updated, or left alone when nothing differs."`
	Products importProducts `cmd:"" help:"Read products. Those that are there already (same SKU) are updated, or left alone when nothing differs."`
}

type importStores struct {
	database
	importer.StoresOptions

	File string `arg:"" help:"A CSV file whose first line names the columns."`
}

type importProducts struct {
	database
	importer.ProductsOptions

	File string `arg:"" help:"A CSV file whose first line names the columns. A product without a SKU gets its barcode's digits for one."`
}

// Help stands below the flags.
func (importStores) Help() string {
	return `A store has these fields: code, name, region, address, address2, city, state, postal_code, country, latitude,
longitude, timezone, format, status. Name, region, timezone and code (or --code-from) are needed; what the file does not
have stays as it is. A region that is new is created. For example:

  aisle import stores stores.csv --code-from Store_Name,Address,City --map region=County --set timezone=America/New_York`
}

// Help stands below the flags.
func (importProducts) Help() string {
	return `A product has these fields: sku, name, barcode, brand, category. Name and sku or barcode are needed; what the file
does not have stays as it is. A barcode column may hold several, with spaces, commas, semicolons, bars or slashes between
them; a product never loses one. A category is told by its code. For example:

  aisle import products products.csv --map name=product_name --map barcode=EAN --keep-internal`
}

// Run reads stores.
func (c importStores) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.DatabaseURL, c.File, func(pool *store.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Stores(ctx, pool, c.File, c.StoresOptions)
	})
}

// Run reads products.
func (c importProducts) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.DatabaseURL, c.File, func(pool *store.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Products(ctx, pool, c.File, c.ProductsOptions)
	})
}

func runImport(
	ctx context.Context, t Terminal, url, file string,
	read func(*store.Pool, func(importer.Progress)) (importer.Report, error),
) error {
	pool, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	bar := newBar(t, "Importing "+filepath.Base(file))
	report, err := read(pool, func(p importer.Progress) {
		if p.Total > 0 {
			bar.set(int(p.Bytes), int(p.Total))
		}
	})
	bar.finish()
	if err == nil || report.Rows > 0 {
		fmt.Fprintln(t.Out, report)
	}
	if errors.Is(err, context.Canceled) { // an interrupted import is no success
		return errors.New(err.Error())
	}
	return err
}
