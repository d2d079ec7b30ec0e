package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// canonicalize returns the data of a response as text, such that equal data yields equal text for all peers.
func canonicalize(body []byte) (string, error) {
	var a struct {
		Data any `json:"data"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return "", fmt.Errorf("decode a response: %w", err)
	}
	text, err := json.MarshalIndent(normalize(a.Data), "", " ")
	if err != nil {
		return "", fmt.Errorf("decode a response: %w", err)
	}
	return string(text), nil
}

// normalize removes differences that peers are free to make: ids become UUIDs, times UTC, cursors only need to be present,
// and counts and cities move to one place. Store.eventCursor and Viewer.employee, which only Aisle has, are removed.
func normalize(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = normalize(v[i])
		}
	case map[string]any:
		for name, member := range v {
			text, isText := member.(string)
			switch {
			case name == "eventCursor" || name == "employee":
				delete(v, name)
			case name == "cursor" || name == "endCursor":
				v[name] = text != ""
			case name == "id":
				v[name] = normalizeID(text)
			case name == "dueAt" && isText:
				v[name] = normalizeTime(text)
			default:
				v[name] = normalize(member)
			}
		}
		flatten(v, "tasks", "unfinishedTaskCount")
		flatten(v, "address", "city")
		flatten(v, "overdue", "overdueTaskCount")
	}
	return value
}

// flatten moves a member of an object in v up into v. It removes the object if that was its only member.
func flatten(v map[string]any, from, name string) {
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

// normalizeID returns an id as a UUID, or a text that says that it is invalid.
func normalizeID(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	if _, id, err := store.SplitID(text); err == nil {
		return id.String()
	}
	return "not an id: " + text
}

// normalizeTime returns a time in UTC, or a text that says that it is invalid.
func normalizeTime(text string) string {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "not a time: " + text
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// checkEquivalence checks that a peer returns the data of the database for some stores and regions. It tries several times,
// because a task may become overdue between the two queries.
func (b *bench) checkEquivalence(ctx context.Context, p peer) error {
	const people, tries = 5, 3
	for i := range people {
		stores, managers := b.population.stores, b.population.regionManagers
		employee, manager := stores[i*len(stores)/people][0], managers[i*len(managers)/people]
		for _, c := range []equivalenceCase{
			{homeSQL, employee.id, p.home(nil, employee)},
			{boardSQL, manager.locationID, p.board(nil, manager)},
		} {
			var err error
			for range tries {
				if err = b.checkOne(ctx, p, c); err == nil {
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

// equivalenceCase is a request and the SQL statement with the expected response.
type equivalenceCase struct {
	sql, id string
	request []byte
}

func (b *bench) checkOne(ctx context.Context, p peer, c equivalenceCase) error {
	var expected []byte
	if err := b.AdminPool.QueryRow(ctx, c.sql, c.id).Scan(&expected); err != nil {
		return fmt.Errorf("read the expected data: %w", err)
	}
	got, err := p.ask(ctx, c.request)
	if err != nil {
		return err
	}
	if !isSuccess(got) {
		return fmt.Errorf("the response has status %d: %.500s", got.status, got.body)
	}
	return checkEqual(got.body, expected)
}

// checkEqual returns an error that shows the first difference between the data of two responses.
func checkEqual(got, want []byte) error {
	is, err := canonicalize(got)
	if err != nil {
		return err
	}
	should, err := canonicalize(want)
	if err != nil || is == should {
		return err
	}
	at := 0
	for at < min(len(is), len(should)) && is[at] == should[at] {
		at++
	}
	const around = 100
	part := func(s string) string { return s[max(0, at-around):min(len(s), at+around)] }
	return fmt.Errorf("the response has %q, the database has %q", part(is), part(should))
}
