package app

import (
	"context"
	"errors"
	"path/filepath"

	"aisle/app/importer"
	"aisle/store/postgres"
)

// importCommand reads what another system has written.
type importCommand struct {
	Stores   importStores   `cmd:"" help:"Read stores, and update those that have the same code."`
	Products importProducts `cmd:"" help:"Read products, and update those that have the same SKU."`
}

type importStores struct {
	database
	importer.StoresOptions

	File string `arg:"" help:"A CSV file whose first line names the columns."`
}

type importProducts struct {
	database
	importer.ProductsOptions

	File string `arg:"" help:"A CSV file whose first line names the columns."`
}

// Help stands below the flags.
func (importStores) Help() string {
	return `A store has the fields code, name, region, address, address2, city, state, postal_code, country, latitude, longitude,
timezone, format and status. Name, region, timezone and code are needed. A field is found by its name or a usual other
one (zip, lng, ...) in the header; --map says it where that fails, and --set where there is no column. For example:

  aisle import stores stores.csv --map region=County --set timezone=America/New_York --code-from Store_Name,Address,City

--code-from makes the same code of the same texts in every run, whatever their case and signs: choose columns that tell
stores apart and do not change. A region that is new is created. ` + importHelp
}

// Help stands below the flags.
func (importProducts) Help() string {
	return `A product has the fields sku, name, barcode, brand and category. Name and one of sku and barcode are needed; without a
SKU, the digits of the barcode are it. A field is found by its name or a usual other one (ean, title, ...) in the header;
--map says it where that fails, and --set where there is no column. For example:

  aisle import products products.csv --map name=Bezeichnung --map barcode=EAN --keep-internal

A barcode is a GTIN of 8, 12, 13 or 14 digits whose check digit is right, or with --keep-internal anything. The column may
hold several, with spaces, commas, semicolons, bars or slashes between them, and rows with one SKU are one product; a
product never loses a barcode. A category is there already, and is told by its code. ` + importHelp
}

const importHelp = `What the file has no column for stays as it
is. A second run changes nothing; after an interruption, it does the rest.

A bad row goes to the rejects file with its line, column and reason. Correct it there, and import that file in the same
way. --encoding also takes utf-16le, utf-16be, windows-1250, windows-1251, iso-8859-1, iso-8859-2 and iso-8859-15.`

// Run reads stores.
func (c importStores) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.database, c.File, func(pool *postgres.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Stores(ctx, pool, c.File, c.StoresOptions)
	})
}

// Run reads products.
func (c importProducts) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.database, c.File, func(pool *postgres.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Products(ctx, pool, c.File, c.ProductsOptions)
	})
}

func runImport(
	ctx context.Context, t Terminal, d database, file string,
	read func(*postgres.Pool, func(importer.Progress)) (importer.Report, error),
) error {
	url, err := d.url()
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
	bar := newBar(t, "Importing "+filepath.Base(file))
	report, err := read(pool, func(p importer.Progress) {
		if p.Total > 0 {
			bar.set(int(p.Bytes), int(p.Total))
		}
	})
	bar.finish()
	if err == nil || report.Rows > 0 {
		t.answerf("%v", report)
	}
	if errors.Is(err, context.Canceled) { // an interrupted import is no success
		return errors.New(err.Error())
	}
	return err
}
