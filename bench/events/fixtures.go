package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/bench/harness"
)

// fixtures are the accounts and stores of a scenario, in one region.
type fixtures struct {
	store               harness.StoreRef   // in scope of all viewers
	region              []harness.StoreRef // the stores of the region
	skus                []string
	recorderToken       string         // access token for recording stock movements
	storeSubscriptions  []subscription // receive the events of store
	regionSubscriptions []subscription // receive the events of region
}

// subscription is an operation of a viewer.
type subscription struct {
	token, document string
	variables       map[string]any
}

// signInAll signs the viewers in and finds the region of their store.
func (n *node) signInAll(ctx context.Context) (c fixtures, err error) {
	for _, login := range []string{"associate.1", "supervisor.1", "manager.1"} {
		token, at, err := n.SignIn(ctx, login)
		if err != nil {
			return c, err
		}
		c.store = at
		variables := map[string]any{"storeId": at.ID}
		c.storeSubscriptions = append(c.storeSubscriptions, subscription{token, harness.Document("StoreEvents"), variables})
	}
	if c.recorderToken, _, err = n.SignIn(ctx, "admin"); err != nil {
		return c, err
	}
	if err := n.findRegion(ctx, &c); err != nil {
		return c, err
	}
	var ids []string
	for _, at := range c.region {
		ids = append(ids, at.ID)
	}
	c.regionSubscriptions = append(c.regionSubscriptions, subscription{c.recorderToken, harness.Document("PartnerEvents"), map[string]any{
		"storeIds": ids, "types": []string{"STOCK_CHANGED", "PRICE_CHANGED", "TASK_COMPLETED"},
	}})
	c.storeSubscriptions = append(c.storeSubscriptions, c.regionSubscriptions...)
	return c, nil
}

// findRegion finds the region manager who sees the store, and the stores and products of the region.
func (n *node) findRegion(ctx context.Context, c *fixtures) error {
	const list = `{ stores(first: 100) { edges { node { id code } } } products(first: 100) { edges { node { sku } } } }`
	for i := 1; ; i++ {
		token, _, err := n.SignIn(ctx, fmt.Sprintf("region.%d", i))
		if err != nil {
			return err
		}
		var data struct {
			Stores struct {
				Edges []struct{ Node harness.StoreRef }
			}
			Products struct {
				Edges []struct{ Node struct{ SKU string } }
			}
		}
		if err := n.Execute(ctx, token, list, nil, &data); err != nil {
			return err
		}
		var stores []harness.StoreRef
		found := false
		for _, e := range data.Stores.Edges {
			stores = append(stores, e.Node)
			found = found || e.Node == c.store
		}
		if !found {
			continue
		}
		for _, e := range data.Products.Edges {
			c.skus = append(c.skus, e.Node.SKU)
		}
		c.region, c.regionSubscriptions = stores, []subscription{{token, harness.Document("PartnerEvents"), nil}}
		return nil
	}
}

// record records receipts of goods. Each row is an event.
func (c fixtures) record(ctx context.Context, n *node, at harness.StoreRef, rows int) error {
	movements := make([]map[string]any, rows)
	for i := range movements {
		movements[i] = map[string]any{"storeCode": at.Code, "sku": c.skus[i%len(c.skus)], "kind": "RECEIPT", "quantity": 1}
	}
	var answer struct{ RecordStockMovements struct{ RecordedCount int } }
	err := n.Execute(ctx, c.recorderToken, harness.Document("RecordStock"), map[string]any{
		"input": map[string]any{"movements": movements, "idempotencyKey": uuid.NewString()},
	}, &answer)
	if err == nil && answer.RecordStockMovements.RecordedCount != rows {
		err = errors.New("not all movements were recorded")
	}
	return err
}
