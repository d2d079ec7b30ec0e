package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"aisle/operations"
)

// cast are those who take part: viewers of one region, and what they see.
type cast struct {
	store    shop   // that all see
	region   []shop // the stores that the region's manager sees
	skus     []string
	recorder string         // the token of who records movements
	store1   []subscription // that get what happens in the store
	region1  []subscription // that get what happens in the region
}

// shop is a store.
type shop struct{ ID, Code string }

// subscription is what somebody follows.
type subscription struct {
	token, document string
	variables       map[string]any
}

// document is an operation's of the clients.
func document(name string) string {
	for _, o := range operations.All() {
		if o.Name == name {
			return o.Document
		}
	}
	panic("there is no operation " + name)
}

// ask runs an operation.
func (n *node) ask(ctx context.Context, token, document string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.api+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := n.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	answer := struct {
		Data   any               `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("the server answered %s", answer.Errors[0])
	}
	return nil
}

// signIn signs an account of the demo chain in.
func (n *node) signIn(ctx context.Context, login string) (token string, at shop, err error) {
	var answer struct {
		SignIn struct {
			Session *struct{ AccessToken string }
			Viewer  struct{ Store shop }
		}
	}
	input := map[string]any{"input": map[string]any{"login": login, "password": "aisle-demo"}}
	if err := n.ask(ctx, "", document("SignIn"), input, &answer); err != nil {
		return "", shop{}, err
	}
	if answer.SignIn.Session == nil {
		return "", shop{}, fmt.Errorf("%s cannot sign in", login)
	}
	return answer.SignIn.Session.AccessToken, answer.SignIn.Viewer.Store, nil
}

// audition signs everybody in.
func (n *node) audition(ctx context.Context) (c cast, err error) {
	for _, login := range []string{"associate.1", "supervisor.1", "manager.1"} {
		token, at, err := n.signIn(ctx, login)
		if err != nil {
			return c, err
		}
		c.store = at
		c.store1 = append(c.store1, subscription{token, document("StoreEvents"), map[string]any{"storeId": at.ID}})
	}
	if c.recorder, _, err = n.signIn(ctx, "admin"); err != nil {
		return c, err
	}
	if err := n.findRegion(ctx, &c); err != nil {
		return c, err
	}
	var ids []string
	for _, at := range c.region {
		ids = append(ids, at.ID)
	}
	c.region1 = append(c.region1, subscription{c.recorder, document("PartnerEvents"), map[string]any{
		"storeIds": ids, "types": []string{"STOCK_CHANGED", "PRICE_CHANGED", "TASK_COMPLETED"},
	}})
	c.store1 = append(c.store1, c.region1...)
	return c, nil
}

// findRegion finds the manager of the store's region, and what is seen there.
func (n *node) findRegion(ctx context.Context, c *cast) error {
	const list = `{ stores(first: 100) { edges { node { id code } } } products(first: 100) { edges { node { sku } } } }`
	for i := 1; ; i++ {
		token, _, err := n.signIn(ctx, fmt.Sprintf("region.%d", i))
		if err != nil {
			return err
		}
		var seen struct {
			Stores   struct{ Edges []struct{ Node shop } }
			Products struct {
				Edges []struct{ Node struct{ SKU string } }
			}
		}
		if err := n.ask(ctx, token, list, nil, &seen); err != nil {
			return err
		}
		var stores []shop
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
		c.region, c.region1 = stores, []subscription{{token, document("PartnerEvents"), nil}}
		return nil
	}
}

// record records receipts of goods, an event each.
func (c cast) record(ctx context.Context, n *node, at shop, rows int) error {
	movements := make([]map[string]any, rows)
	for i := range movements {
		movements[i] = map[string]any{"storeCode": at.Code, "sku": c.skus[i%len(c.skus)], "kind": "RECEIPT", "quantity": 1}
	}
	var answer struct{ RecordStockMovements struct{ Recorded int } }
	err := n.ask(ctx, c.recorder, document("RecordStock"), map[string]any{
		"input": map[string]any{"movements": movements, "idempotencyKey": uuid.NewString()},
	}, &answer)
	if err == nil && answer.RecordStockMovements.Recorded != rows {
		err = errors.New("not all movements were recorded")
	}
	return err
}
