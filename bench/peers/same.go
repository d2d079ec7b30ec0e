package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// canonical makes an answer's data such that equal data are equal texts, whoever answers.
func canonical(body []byte) (string, error) {
	var a struct {
		Data any `json:"data"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return "", fmt.Errorf("read an answer: %w", err)
	}
	text, err := json.MarshalIndent(normal(a.Data), "", " ")
	if err != nil {
		return "", fmt.Errorf("read an answer: %w", err)
	}
	return string(text), nil
}

// normal is a value without what peers may write as they like: ids are the database's, instants are in UTC, of cursors only
// matters that they are there, and counts stand where they are in Aisle's schema. The place in the log of events, which
// only Aisle has, is left out.
func normal(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		_, isEdge := v["node"]
		for name, member := range v {
			text, isText := member.(string)
			switch {
			case name == "cursor" && !isEdge:
				delete(v, name)
			case name == "cursor" || name == "endCursor":
				v[name] = text != ""
			case name == "id":
				v[name] = identity(text)
			case name == "dueAt" && isText:
				v[name] = instant(text)
			default:
				v[name] = normal(member)
			}
		}
		hoist(v, "tasks", "openTaskCount")
		hoist(v, "overdue", "overdueTaskCount")
	}
	return value
}

// hoist moves a member of a member to where that one is. What has no other goes.
func hoist(v map[string]any, from, name string) {
	below, ok := v[from].(map[string]any)
	if !ok || below[name] == nil {
		return
	}
	v[name] = below[name]
	delete(below, name)
	if len(below) == 0 {
		delete(v, from)
	}
}

// identity is an id as the database has it, or what is no id.
func identity(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	if _, id, err := store.SplitID(text); err == nil {
		return id.String()
	}
	return "no id: " + text
}

// instant is an instant in UTC, or what is none.
func instant(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "no instant: " + text
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// compare sees to it that a peer answers what the database has, for some people. While it does, a task may become overdue:
// so it looks again before it says that they differ.
func (b *bench) compare(ctx context.Context, p peer) error {
	const people, tries = 5, 3
	for i := range people {
		shop, region := b.crowd.shops[i*len(b.crowd.shops)/people][0], b.crowd.regions[i*len(b.crowd.regions)/people]
		for _, c := range []comparison{
			{homeSQL, shop.id, p.home(nil, shop)},
			{boardSQL, region.place, p.board(nil, region)},
		} {
			var err error
			for range tries {
				if err = b.compareOne(ctx, p, c); err == nil {
					break
				}
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// comparison is a request, and the statement that answers it.
type comparison struct {
	sql, id string
	request []byte
}

func (b *bench) compareOne(ctx context.Context, p peer, c comparison) error {
	var expected []byte
	if err := b.Looker.QueryRow(ctx, c.sql, c.id).Scan(&expected); err != nil {
		return fmt.Errorf("read what is to be answered: %w", err)
	}
	got, err := p.ask(ctx, c.request)
	if err != nil {
		return err
	}
	if !good(got) {
		return fmt.Errorf("the server answered %d: %.500s", got.status, got.body)
	}
	return same(got.body, expected)
}

// same says where two answers have other data.
func same(got, want []byte) error {
	is, err := canonical(got)
	if err != nil {
		return err
	}
	should, err := canonical(want)
	if err != nil || is == should {
		return err
	}
	at := 0
	for at < min(len(is), len(should)) && is[at] == should[at] {
		at++
	}
	const around = 100
	part := func(s string) string { return s[max(0, at-around):min(len(s), at+around)] }
	return fmt.Errorf("the answer has %q where the database has %q", part(is), part(should))
}
