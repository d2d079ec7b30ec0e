package resolvers

import (
	"context"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/inventory"
	"aisle/store/stores"
)

// The maximum lengths of texts of a movement, in characters.
const (
	maxNoteLen      = 500
	maxReferenceLen = 100
)

// adjustStock corrects a stock. A rejected movement becomes a user error.
func (r *Resolver) adjustStock(ctx context.Context, in graph.AdjustStockInput) (*graph.AdjustStockPayload, error) {
	move, err := r.parseAdjustment(ctx, in)
	done, userErrs, err := runMutation(ctx, r, store.Command{Locks: stockLocks(move)}, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (inventory.RecordResult, error) {
			move.OccurredAt = tx.Now
			return r.Modules.Inventory.Record(ctx, tx, scope, []inventory.Move{move})
		})
	switch {
	case err != nil || len(userErrs) > 0:
		return &graph.AdjustStockPayload{UserErrors: userErrs}, err
	case len(done.Rejected) > 0:
		why := done.Rejected[0]
		userErrs = []store.UserError{{Code: why.Code, Message: why.Message, Field: []string{"delta"}}}
		return &graph.AdjustStockPayload{UserErrors: userErrs}, nil
	default:
		change := done.Changes[0]
		return &graph.AdjustStockPayload{Stock: &change.Stock, Movement: &change.Movement, UserErrors: userErrs}, nil
	}
}

// parseAdjustment parses a correction of a stock.
func (r *Resolver) parseAdjustment(ctx context.Context, in graph.AdjustStockInput) (inventory.Move, error) {
	note, err := parseNullableText("note", in.Note, maxNoteLen)
	if err != nil {
		return inventory.Move{}, err
	}
	if in.Delta == 0 {
		return inventory.Move{}, store.NewInputError("delta", "The delta is 0. Send the difference between the count and the recorded stock.")
	}
	key, err := parseStockKey(ctx, in.StoreID, in.ProductID)
	return inventory.Move{
		Kind: inventory.KindAdjustment, Reason: &in.Reason, Note: note, Legs: []inventory.Leg{{Key: key, Quantity: in.Delta}},
	}, err
}

// parseStockKey finds the store and the product of a stock. The store must not be closed.
func parseStockKey(ctx context.Context, storeID, productID string) (key inventory.Key, err error) {
	if key.StoreID, err = parseID("storeId", stores.StorePrefix, storeID); err != nil {
		return key, err
	}
	if key.ProductID, err = parseID("productId", catalog.ProductPrefix, productID); err != nil {
		return key, err
	}
	l := loaders.FromContext(ctx)
	at, err := l.Stores().Stores.Load(ctx, key.StoreID)
	if err != nil || at == nil {
		return key, orNotFoundError(err, "storeId", "store")
	}
	if err := checkTakesStock("storeId", at); err != nil {
		return key, err
	}
	if product, err := l.Catalog().Products.Load(ctx, key.ProductID); err != nil || product == nil {
		return key, orNotFoundError(err, "productId", "product")
	}
	return key, nil
}

// checkTakesStock checks that the stock of a store may change: not after the store closed.
func checkTakesStock(field string, at *stores.Snapshot) error {
	if at.Status == stores.StatusClosed {
		return store.NewUserError(store.CodeClosed, field, "The store %s is permanently closed, and its stock no longer changes.", at.Code)
	}
	return nil
}

// countStock sets a stock to a counted quantity.
func (r *Resolver) countStock(ctx context.Context, in graph.CountStockInput) (*graph.CountStockPayload, error) {
	count, err := r.parseCount(ctx, in)
	done, userErrs, err := runMutation(ctx, r, store.Command{Locks: store.StoreLocks(count.StoreID)}, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (inventory.CountResult, error) {
			return r.Modules.Inventory.Count(ctx, tx, scope, count)
		})
	payload := &graph.CountStockPayload{
		Stock: done.Stock, Movement: done.Movement, ExpectedQuantity: in.ExpectedQuantity, UserErrors: userErrs,
	}
	if err == nil && len(userErrs) == 0 {
		payload.PreviousQuantity = &done.PreviousQuantity
	}
	return payload, err
}

// parseCount parses a count of a stock.
func (r *Resolver) parseCount(ctx context.Context, in graph.CountStockInput) (c inventory.Count, err error) {
	if in.CountedQuantity < 0 {
		return c, store.NewInputError("countedQuantity", "The quantity is %d. It must be 0 or more.", in.CountedQuantity)
	}
	if expected := store.Deref(in.ExpectedQuantity); expected < 0 {
		return c, store.NewInputError("expectedQuantity", "The quantity is %d. It must be 0 or more.", expected)
	}
	c.Quantity, c.ExpectedVersion = in.CountedQuantity, in.ExpectedVersion
	if c.Note, err = parseNullableText("note", in.Note, maxNoteLen); err != nil {
		return c, err
	}
	if in.CountedAt != nil {
		if c.CountedAt, err = parseOccurredAt("countedAt", in.CountedAt, r.Now()); err != nil {
			return c, err
		}
	}
	c.Key, err = parseStockKey(ctx, in.StoreID, in.ProductID)
	return c, err
}

// recordMovements records the valid movements of the input.
func (r *Resolver) recordMovements(ctx context.Context, in graph.RecordStockMovementsInput) (*graph.RecordStockMovementsPayload, error) {
	moves, rejected, err := r.parseMovements(ctx, in.Movements)
	locks := append(stockLocks(moves...), inventory.ExternalIDLocks(auth.ViewerFromContext(ctx).ID(), moves)...)
	done, userErrs, err := runMutation(ctx, r, store.Command{Locks: locks}, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (inventory.RecordResult, error) {
			done, err := r.Modules.Inventory.Record(ctx, tx, scope, moves)
			done.Changes = nil // not part of the response
			done.Rejected = append(done.Rejected, rejected...)
			return done, err
		})
	if err != nil {
		return nil, err
	}
	return &graph.RecordStockMovementsPayload{
		RecordedCount: int32(done.Moves), UnchangedCount: int32(done.Known), //nolint:gosec // at most 1,000
		Rejected: sortByIndex(done.Rejected), UserErrors: userErrs,
	}, nil
}

// stockLocks returns the locks of the stores whose stocks change.
func stockLocks(moves ...inventory.Move) []store.Lock {
	var locks []store.Lock
	for _, move := range moves {
		for _, leg := range move.Legs {
			locks = append(locks, store.StoreLock(leg.StoreID))
		}
	}
	return locks
}

// parseMovements parses the rows of the input.
func (r *Resolver) parseMovements(
	ctx context.Context, rows []graph.StockMovementInput,
) (moves []inventory.Move, rejected []store.RejectedRow, err error) {
	if err := checkRowCount("movements", len(rows)); err != nil {
		return nil, nil, err
	}
	codes, skus := make([]string, 0, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		codes, skus[i] = append(codes, row.StoreCode), row.Sku
		if row.ToStoreCode != nil {
			codes = append(codes, *row.ToStoreCode)
		}
	}
	known, err := r.findReferences(ctx, codes, skus)
	if err != nil {
		return nil, nil, err
	}
	moves, _, rejected, err = parseRows(rows, func(i int, row graph.StockMovementInput) (inventory.Move, error) {
		move, err := r.parseMovement(known, row)
		move.Index = i
		return move, err
	})
	return moves, rejected, err
}

func (r *Resolver) parseMovement(known references, row graph.StockMovementInput) (move inventory.Move, err error) {
	at, err := known.store("storeCode", row.StoreCode)
	if err != nil {
		return move, err
	}
	if err := checkTakesStock("storeCode", at); err != nil {
		return move, err
	}
	productID, err := known.product(row.Sku)
	if err != nil {
		return move, err
	}
	move.IsTimed = row.OccurredAt != nil
	if move.OccurredAt, err = parseOccurredAt("occurredAt", row.OccurredAt, r.Now()); err != nil {
		return move, err
	}
	if move.Reference, err = parseNullableText("reference", row.Reference, maxReferenceLen); err != nil {
		return move, err
	}
	if move.ExternalID, err = parseNullableText("externalId", row.ExternalID, maxExternalIDLen); err != nil {
		return move, err
	}
	move.Kind = row.Kind
	move.Legs, err = parseLegs(known, row, inventory.Key{StoreID: at.ID, ProductID: productID})
	return move, err
}

// parseLegs returns the changes of stocks that a movement consists of.
func parseLegs(known references, row graph.StockMovementInput, key inventory.Key) ([]inventory.Leg, error) {
	if row.Kind == inventory.KindAdjustment {
		return nil, store.NewInputError("kind", "ADJUSTMENT is not allowed here. Use adjustStock, which takes a reason.")
	}
	if err := checkQuantity(row); err != nil {
		return nil, err
	}
	goesOut := row.Kind == inventory.KindSale || row.Kind == inventory.KindWriteOff
	switch {
	case row.ToStoreCode != nil && row.Kind != inventory.KindTransfer:
		return nil, store.NewInputError("toStoreCode", "Only a TRANSFER has toStoreCode. Omit it.")
	case row.ToStoreCode == nil && goesOut:
		return []inventory.Leg{{Key: key, Quantity: -row.Quantity}}, nil
	case row.ToStoreCode == nil:
		return []inventory.Leg{{Key: key, Quantity: row.Quantity}}, nil
	}
	to, err := known.store("toStoreCode", *row.ToStoreCode)
	if err != nil {
		return nil, err
	}
	if err := checkTakesStock("toStoreCode", to); err != nil {
		return nil, err
	}
	if to.ID == key.StoreID {
		return nil, store.NewInputError("toStoreCode", "A transfer needs two different stores.")
	}
	arrives := inventory.Key{StoreID: to.ID, ProductID: key.ProductID}
	return []inventory.Leg{{Key: key, Quantity: -row.Quantity}, {Key: arrives, Quantity: row.Quantity}}, nil
}

// checkQuantity checks the quantity of a movement.
func checkQuantity(row graph.StockMovementInput) error {
	isTransfer := row.Kind == inventory.KindTransfer
	switch {
	case row.Quantity > 0, row.Quantity < 0 && isTransfer && row.ToStoreCode == nil:
		return nil
	case row.Quantity == 0 && isTransfer:
		return store.NewInputError("quantity", "The quantity of a transfer is 0. Send the number of units.")
	case isTransfer:
		return store.NewInputError("quantity",
			"The quantity is %d. It must be more than 0: the units move from storeCode to toStoreCode.", row.Quantity)
	default:
		return store.NewInputError("quantity",
			"The quantity is %d. It must be more than 0: the kind determines the direction.", row.Quantity)
	}
}
