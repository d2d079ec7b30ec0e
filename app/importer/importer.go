// Package importer brings stores and products from CSV files into the database.
//
// A file is read as a stream and saved in batches, a transaction each. A row is either in the database afterwards, or
// in the rejects file with its line, column and reason, or it was empty: none is lost, and a bad row never takes its
// neighbours along. Rows are found again by the store's code or the product's SKU, so that the same file a second time,
// or again after an interruption, changes only what is not so yet.
//
// The way of a row: lines (encodings, line ends) -> splitter (quotes) -> reader (records) -> header (which column is
// which field) -> cells (clean texts) -> storeFile or productFile (rules, doubles, saving) -> run (batches, report).
package importer

import (
	"context"

	"aisle/store"
	"aisle/store/postgres"
)

// Options are what both imports take. The tags are the command's flags.
type Options struct {
	Map       []string `help:"Which column a field is in. Repeatable."                              placeholder:"FIELD=COLUMN" sep:"none"`
	Set       []string `help:"A field's value where the file has none. Repeatable."                 placeholder:"FIELD=VALUE"  sep:"none"`
	Delimiter string   `help:"What separates fields: auto, comma, semicolon, tab or pipe."             default:"auto"`
	Encoding  string   `help:"How the file is encoded: auto (UTF-8 or UTF-16), windows-1252, ..."      default:"auto"`
	Rejects   string   `help:"Where bad rows go. Default: the file's name with .rejects.csv, here." placeholder:"FILE"`
	DryRun    bool     `help:"Say what would be done, write the rejects, and change nothing."`

	// Progress is told after each batch that is committed; nil for nobody. Calls never overlap.
	Progress func(Progress) `kong:"-"`
}

// Progress is how far a run is. What it says is in the database and in the rejects file.
type Progress struct {
	Rows  int   // rows done so far, rejected ones too
	Bytes int64 // of the file, read so far
	Total int64 // bytes of the file; 0 when unknown, as of a pipe
}

// StoresOptions are the options of importing stores.
type StoresOptions struct {
	Options

	CodeFrom []string `help:"Columns to make a store's code from, where the file has none." placeholder:"COLUMN"`
}

// ProductsOptions are the options of importing products.
type ProductsOptions struct {
	Options

	KeepInternal bool `help:"Keep codes that are no GTIN as internal codes, instead of rejecting their rows."`
}

// Stores imports stores. The report is true also when there is an error: it is about what was committed.
func Stores(ctx context.Context, pool *postgres.Pool, file string, o StoresOptions) (Report, error) {
	rules := func(h *header) (source[storeRow], error) { return newStoreFile(h, o) }
	return run(ctx, pool, file, o.Options, kind{"store", "stores", storeFields, store.ModuleLock("stores")}, rules)
}

// Products imports products. The report is true also when there is an error: it is about what was committed.
func Products(ctx context.Context, pool *postgres.Pool, file string, o ProductsOptions) (Report, error) {
	rules := func(h *header) (source[productRow], error) { return newProductFile(h, o) }
	return run(ctx, pool, file, o.Options, kind{"product", "products", productFields, store.ModuleLock("catalog")}, rules)
}
