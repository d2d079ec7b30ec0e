// Package importer imports stores and products from CSV files.
//
// It reads a file as a stream and saves it in batches, each in a transaction. Every row ends up in the database or, with its
// line, column and reason, in the rejects file, unless it is empty; an invalid row does not affect its neighbours. Rows are
// matched by the store's code or the product's SKU, so you can run an import again, also after an interruption.
//
// A row passes through lineReader (encodings, line ends), splitter (quotes), reader (records), header (columns to fields),
// cells (text cleaning), storeHandler or productHandler (rules, duplicates, saving) and importer (batches, report).
package importer

import (
	"context"

	"aisle/store"
	"aisle/store/postgres"
)

// Stores imports stores. If it returns an error, the report counts what was committed before.
func Stores(ctx context.Context, pool *postgres.Pool, file string, o StoresOptions) (Report, error) {
	newHandler := func(h *header) (rowHandler[storeRow], error) { return newStoreHandler(h, o) }
	return run(ctx, pool, file, o.Options, entityKind{"store", "stores", storeFields, store.ModuleLock("stores")}, newHandler)
}

// Products imports products. If it returns an error, the report counts what was committed before.
func Products(ctx context.Context, pool *postgres.Pool, file string, o ProductsOptions) (Report, error) {
	newHandler := func(h *header) (rowHandler[productRow], error) { return newProductHandler(h, o) }
	return run(ctx, pool, file, o.Options, entityKind{"product", "products", productFields, store.ModuleLock("catalog")}, newHandler)
}
