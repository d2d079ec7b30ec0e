package app

import (
	"context"
	"errors"
	"path/filepath"

	"aisle/app/importer"
	"aisle/store/postgres"
)

// importCommand imports CSV files of other systems.
type importCommand struct {
	Stores   importStores   `cmd:"" help:"Create stores, and update those with the same code."`
	Products importProducts `cmd:"" help:"Create products, and update those with the same SKU."`
}

type importStores struct {
	database
	importer.StoresOptions

	File string `arg:"" help:"CSV file. Its first line names the columns."`
}

type importProducts struct {
	database
	importer.ProductsOptions

	File string `arg:"" help:"CSV file. Its first line names the columns."`
}

// Help returns the text below the flags.
func (importStores) Help() string {
	return `A store has the fields code, name, region, address, address2, city, state, postal_code, country, latitude, longitude,
timezone, format and status. Code, name, region and timezone are required. A field is read from the column with its name or a
common synonym (zip, lng, ...). --map names another column, and --set sets a value for all rows. For example:

  aisle import stores stores.csv --map region=County --set timezone=America/New_York --code-from Store_Name,Address,City

--code-from generates the code from columns. The same texts always give the same code; case and punctuation make no
difference. Choose columns that identify a store and do not change. New regions are created. ` + importHelp
}

// Help returns the text below the flags.
func (importProducts) Help() string {
	return `A product has the fields sku, name, barcode, brand, category and unit. Name and one of sku and barcode are required; without
a SKU, the SKU is the digits of the barcode. A field is read from the column with its name or a common synonym (ean, title,
...). --map names another column, and --set sets a value for all rows. For example:

  aisle import products products.csv --map name=Bezeichnung --map barcode=EAN --keep-internal

A barcode is a GTIN of 8, 12, 13 or 14 digits with a valid check digit, or any code with --keep-internal. The column may
contain several barcodes, separated by spaces, commas, semicolons, bars or slashes. Rows with the same SKU are one product; an
import never removes a barcode. A category must exist; name it by its code. The unit is PIECE, GRAM or MILLILITRE; a new
product without one is counted in pieces. ` + importHelp
}

const importHelp = `Fields without a column keep
their values. A second import of the same file changes nothing; after an interruption, it imports the rest.

An invalid row goes to the rejects file with its line, column and reason. Correct it there, and import that file with the same
flags. --encoding also accepts utf-16le, utf-16be, windows-1250, windows-1251, iso-8859-1, iso-8859-2 and iso-8859-15.`

// Run imports stores.
func (c importStores) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.database, c.File, func(pool *postgres.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Stores(ctx, pool, c.File, c.StoresOptions)
	})
}

// Run imports products.
func (c importProducts) Run(ctx context.Context, t Terminal) error {
	return runImport(ctx, t, c.database, c.File, func(pool *postgres.Pool, progress func(importer.Progress)) (importer.Report, error) {
		c.Progress = progress
		return importer.Products(ctx, pool, c.File, c.ProductsOptions)
	})
}

// runImport calls read with the database and a progress bar, and prints the report.
func runImport(
	ctx context.Context, t Terminal, d database, file string,
	read func(*postgres.Pool, func(importer.Progress)) (importer.Report, error),
) error {
	return d.withPool(ctx, func(pool *postgres.Pool) error {
		bar := newBar(t, "Importing "+filepath.Base(file))
		report, err := read(pool, func(p importer.Progress) {
			if p.Total > 0 {
				bar.set(int(p.Bytes), int(p.Total))
			}
		})
		bar.finish()
		if err == nil || report.Rows > 0 {
			t.printf("%v", report)
		}
		if errors.Is(err, context.Canceled) { // Run would treat a cancellation as success
			return errors.New(err.Error())
		}
		return err
	})
}
