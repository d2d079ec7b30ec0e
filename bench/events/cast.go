package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/bench/stage"
)

// cast are those who take part: viewers of one region, and what they see.
type cast struct {
	store    stage.Shop   // that all see
	region   []stage.Shop // the stores that the region's manager sees
	skus     []string
	recorder string         // the token of who records movements
	store1   []subscription // that get what happens in the store
	region1  []subscription // that get what happens in the region
}

// subscription is what somebody follows.
type subscription struct {
	token, document string
	variables       map[string]any
}

// audition signs everybody in.
func (n *node) audition(ctx context.Context) (c cast, err error) {
	for _, login := range []string{"associate.1", "supervisor.1", "manager.1"} {
		token, at, err := n.SignIn(ctx, login)
		if err != nil {
			return c, err
		}
		c.store = at
		c.store1 = append(c.store1, subscription{token, stage.Document("StoreEvents"), map[string]any{"storeId": at.ID}})
	}
	if c.recorder, _, err = n.SignIn(ctx, "admin"); err != nil {
		return c, err
	}
	if err := n.findRegion(ctx, &c); err != nil {
		return c, err
	}
	var ids []string
	for _, at := range c.region {
		ids = append(ids, at.ID)
	}
	c.region1 = append(c.region1, subscription{c.recorder, stage.Document("PartnerEvents"), map[string]any{
		"storeIds": ids, "types": []string{"STOCK_CHANGED", "PRICE_CHANGED", "TASK_COMPLETED"},
	}})
	c.store1 = append(c.store1, c.region1...)
	return c, nil
}

// findRegion finds the manager of the store's region, and what is seen there.
func (n *node) findRegion(ctx context.Context, c *cast) error {
	const list = `{ stores(first: 100) { edges { node { id code } } } products(first: 100) { edges { node { sku } } } }`
	for i := 1; ; i++ {
		token, _, err := n.SignIn(ctx, fmt.Sprintf("region.%d", i))
		if err != nil {
			return err
		}
		var seen struct {
			Stores   struct{ Edges []struct{ Node stage.Shop } }
			Products struct {
				Edges []struct{ Node struct{ SKU string } }
			}
		}
		if err := n.Ask(ctx, token, list, nil, &seen); err != nil {
			return err
		}
		var stores []stage.Shop
		isIt := false
		for _, e := range seen.Stores.Edges {
			stores = append(stores, e.Node)
			isIt = isIt || e.Node == c.store
		}
		if !isIt {
			continue
		}
		for _, e := range seen.Products.Edges {
			c.skus = append(c.skus, e.Node.SKU)
		}
		c.region, c.region1 = stores, []subscription{{token, stage.Document("PartnerEvents"), nil}}
		return nil
	}
}

// record records receipts of goods, an event each.
func (c cast) record(ctx context.Context, n *node, at stage.Shop, rows int) error {
	movements := make([]map[string]any, rows)
	for i := range movements {
		movements[i] = map[string]any{"storeCode": at.Code, "sku": c.skus[i%len(c.skus)], "kind": "RECEIPT", "quantity": 1}
	}
	var answer struct{ RecordStockMovements struct{ Recorded int } }
	err := n.Ask(ctx, c.recorder, stage.Document("RecordStock"), map[string]any{
		"input": map[string]any{"movements": movements, "idempotencyKey": uuid.NewString()},
	}, &answer)
	if err == nil && answer.RecordStockMovements.Recorded != rows {
		err = errors.New("not all movements were recorded")
	}
	return err
}
