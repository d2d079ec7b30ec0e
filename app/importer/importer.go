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
)

// Options are what both imports take. The tags are the command's flags.
type Options struct {
	Map       []string `help:"The column that holds a field, where its header is not the field's name. Repeatable." placeholder:"FIELD=COLUMN" sep:"none"`
	Set       []string `help:"The value of a field where the file has none: no such column, or nothing in it. Repeatable." placeholder:"FIELD=VALUE" sep:"none"`
	Delimiter string   `help:"What separates fields: auto, comma, semicolon, tab, pipe." default:"auto" enum:"auto,comma,semicolon,tab,pipe"`
	Encoding  string   `help:"The file's encoding: ${enum}. auto is UTF-16 where the file looks like it, else UTF-8." default:"auto" enum:"auto,utf-8,utf-16le,utf-16be,windows-1250,windows-1251,windows-1252,iso-8859-1,iso-8859-2,iso-8859-15"`
	Rejects   string   `help:"Where rejected rows go, a CSV file that can be imported with the same flags once it is corrected. Default: the file's name with .rejects.csv, in this folder." placeholder:"FILE"`
	DryRun    bool     `help:"Say what would be done, write the rejects, and leave the database as it is."`

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

	CodeFrom []string `help:"Columns that a store's code is made from, where the file has none: the same texts give the same code in every run. Choose what stays when all else changes, such as the name and the address." placeholder:"COLUMN,..."`
}

// ProductsOptions are the options of importing products.
type ProductsOptions struct {
	Options

	KeepInternal bool `help:"Keep codes that are no GTIN (their length, a letter, a wrong check digit) as internal codes instead of rejecting their rows."`
}

// Stores imports stores. The report is true also when there is an error: it is about what was committed.
func Stores(ctx context.Context, pool *store.Pool, file string, o StoresOptions) (Report, error) {
	return run(ctx, pool, file, o.Options, kind{"store", "stores", storeFields}, func(h *header) (source[storeRow], error) { return newStoreFile(h, o) })
}

// Products imports products. The report is true also when there is an error: it is about what was committed.
func Products(ctx context.Context, pool *store.Pool, file string, o ProductsOptions) (Report, error) {
	return run(ctx, pool, file, o.Options, kind{"product", "products", productFields}, func(h *header) (source[productRow], error) { return newProductFile(h, o) })
}
