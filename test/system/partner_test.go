package system_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// A partnerSystem is an HTTP client with the credentials of a partner.
type partnerSystem struct {
	url, id, secret string
	token           string
}

// An operationResult is a GraphQL response.
type operationResult struct {
	Data   map[string]map[string]any `json:"data"`
	Errors []struct {
		Message    string `json:"message"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	} `json:"errors"`
}

// signIn gets a token, with the credentials in HTTP Basic or in the form, and returns the status.
func (p *partnerSystem) signIn(t *testing.T, basic bool) int {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if !basic {
		form.Set("client_id", p.id)
		form.Set("client_secret", p.secret)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		request.SetBasicAuth(url.QueryEscape(p.id), url.QueryEscape(p.secret))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var says struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&says); err != nil {
		t.Fatal(err)
	}
	p.token = says.Token
	return response.StatusCode
}

// send sends a document with the token.
func (p *partnerSystem) send(ctx context.Context, t *testing.T, accept, document string, variables any) *http.Response {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// ask sends a document and returns the response.
func (p *partnerSystem) ask(t *testing.T, document string, variables any) (got operationResult) {
	t.Helper()
	response := p.send(t.Context(), t, "application/json", document, variables)
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

// run sends an operation of operations/ and returns the value of its field.
func (p *partnerSystem) run(t *testing.T, name string, input any) map[string]any {
	t.Helper()
	got := p.ask(t, partnerOperation(t, name), map[string]any{"input": input})
	if len(got.Errors) > 0 {
		t.Fatalf("%s: %+v", name, got.Errors)
	}
	for _, payload := range got.Data {
		return payload
	}
	return nil
}

func partnerOperation(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../operations/partner/" + name + ".graphql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// follow subscribes to events from now on, and returns the type and the store code of each.
func (p *partnerSystem) follow(t *testing.T) <-chan [2]string {
	t.Helper()
	from := p.ask(t, `{ stores(first: 1) { edges { node { eventCursor } } } }`, nil) // the stream may begin after its header is received
	first, _ := list(from.Data["stores"], "edges")[0].(map[string]any)
	node, _ := first["node"].(map[string]any)
	ctx, stop := context.WithCancel(t.Context())
	response := p.send(ctx, t, "text/event-stream", partnerOperation(t, "PartnerEvents"), map[string]any{"after": node["eventCursor"]})
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("the subscription failed: %s %s", response.Status, text)
	}
	events, done := make(chan [2]string, 100), make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			var e struct {
				Data struct {
					Events struct {
						Type  string `json:"type"`
						Store struct {
							Code string `json:"code"`
						} `json:"store"`
					} `json:"events"`
				} `json:"data"`
			}
			data, ok := strings.CutPrefix(lines.Text(), "data:")
			if ok && json.Unmarshal([]byte(data), &e) == nil && e.Data.Events.Type != "" {
				events <- [2]string{e.Data.Events.Type, e.Data.Events.Store.Code}
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		_ = response.Body.Close()
		<-done
	})
	return events
}

// next waits for the next event.
func next(t *testing.T, events <-chan [2]string) [2]string {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(time.Minute):
		t.Error("no event was received")
		return [2]string{}
	}
}

// demoCodes returns the codes of two stores and the SKU of a product.
func (p *partnerSystem) demoCodes(t *testing.T) (one, other, sku string) {
	t.Helper()
	got := p.ask(t, `{ stores(first: 2) { edges { node { code } } } products(first: 1) { edges { node { sku } } } }`, nil)
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`"code":"([^"]+)"`).FindAllStringSubmatch(string(text), -1)
	skus := regexp.MustCompile(`"sku":"([^"]+)"`).FindStringSubmatch(string(text))
	if len(codes) != 2 || skus == nil {
		t.Fatalf("got %s", text)
	}
	return codes[0][1], codes[1][1], skus[1]
}

type fields = map[string]any

//nolint:tparallel // its parts use one chain, one after another
func TestPartnerClientEndToEnd(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	dev := startDev(t, data)
	defer dev.interrupt(t)
	demo := &partnerSystem{url: dev.url, id: "demo-partner", secret: "aisle-demo"}
	if status := demo.signIn(t, false); status != http.StatusOK {
		t.Fatalf("credentials in the form: status %d", status)
	}
	if status := demo.signIn(t, true); status != http.StatusOK {
		t.Fatalf("HTTP Basic: status %d", status)
	}
	one, other, sku := demo.demoCodes(t)
	price := func(code, amount string) fields {
		return fields{"storeCode": code, "sku": sku, "price": fields{"amount": amount, "currency": "USD"}}
	}

	t.Run("the operations of operations/ run", func(t *testing.T) {
		events := demo.follow(t)

		products := demo.run(t, "UpsertProducts", fields{"products": []any{fields{"sku": "p-1", "name": "Oat milk"}}})
		prices := demo.run(t, "SetPrices", fields{"prices": []any{price(one, "2.99"), price(other, "2.99"), price("nowhere", "2.99")}})
		stock := demo.run(t, "RecordStock", fields{"movements": []any{
			fields{"storeCode": one, "sku": sku, "kind": "RECEIPT", "quantity": 12, "reference": "d-1"},
		}})
		said := demo.run(t, "SubmitFeedback", fields{"storeCode": one, "score": 9, "comment": "Quick"})

		if products["createdCount"] != 1.0 || prices["updatedCount"] != 2.0 || len(list(prices, "rejected")) != 1 || stock["recordedCount"] != 1.0 ||
			said["feedback"] == nil {
			t.Errorf("%v\n%v\n%v\n%v", products, prices, stock, said)
		}
		var got []string
		for range 5 {
			got = append(got, next(t, events)[0])
		}
		if want := []string{"PRODUCT_CREATED", "PRICE_CHANGED", "PRICE_CHANGED", "STOCK_CHANGED", "FEEDBACK_RECEIVED"}; !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
	})

	t.Run("a partner of one store, created on the command line", func(t *testing.T) {
		made, secretID := createPartner(t, data, dev.url, "create", "--name", "Pricing", "--scope", "events:read", "--scope", "prices:write", "--store", one)
		if status := made.signIn(t, true); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		events := made.follow(t)

		demo.run(t, "SetPrices", fields{"prices": []any{price(other, "3.49")}})
		prices := made.run(t, "SetPrices", fields{"prices": []any{price(other, "3.49"), price(one, "3.49")}})
		refused := made.ask(t, partnerOperation(t, "UpsertProducts"), fields{"input": fields{"products": []any{}}})

		rejected := list(prices, "rejected")
		if prices["updatedCount"] != 1.0 || len(rejected) != 1 || rejected[0].(fields)["code"] != "NOT_FOUND" { //nolint:errcheck // fails as well
			t.Errorf("got %v", prices)
		}
		if len(refused.Errors) != 1 || refused.Errors[0].Extensions.Code != "FORBIDDEN" || !strings.Contains(refused.Errors[0].Message, "CATALOG_WRITE") {
			t.Errorf("got %+v", refused)
		}
		if e := next(t, events); e != [2]string{"PRICE_CHANGED", one} {
			t.Errorf("the first event is %v, want one of its store %s", e, one)
		}
		checkSecretRotation(t, data, made, secretID)
	})
}

// checkSecretRotation rotates the secret of a partner that stays signed in.
func checkSecretRotation(t *testing.T, data string, old *partnerSystem, oldID string) {
	t.Helper()
	fresh, _ := createPartner(t, data, old.url, "secret", "add", old.id)
	if a, b := old.signIn(t, true), fresh.signIn(t, true); a != http.StatusOK || b != http.StatusOK {
		t.Errorf("with two secrets: %d, %d", a, b)
	}

	if status, _, notes := run(t, "partner", "secret", "revoke", oldID, "--data", data); status != 0 {
		t.Fatal(notes)
	}

	if a, b := old.signIn(t, true), fresh.signIn(t, true); a != http.StatusUnauthorized || b != http.StatusOK {
		t.Errorf("after the old secret was removed: %d, %d", a, b)
	}
	status, out, _ := run(t, "partner", "list", "--data", data)
	if status != 0 || !strings.Contains(out, old.id) || !strings.Contains(out, "stores     1\n") || !strings.Contains(out, oldID) ||
		!strings.Contains(out, "demo-partner") || strings.Contains(out, "aps_") {
		t.Errorf("the list: %s", out)
	}
}

// createPartner runs a command that prints a secret, and returns a client with it and the id of the secret.
func createPartner(t *testing.T, data, api string, args ...string) (p *partnerSystem, secretID string) {
	t.Helper()
	status, out, notes := run(t, append([]string{"partner"}, append(args, "--data", data)...)...)
	said := regexp.MustCompile(`client id +(\S+)\nclient secret +(aps_\S+)\n`).FindStringSubmatch(out)
	id := regexp.MustCompile(`secret_[0-9a-z]+`).FindString(notes)
	if status != 0 || said == nil || id == "" {
		t.Fatalf("status %d: %s%s", status, out, notes)
	}
	return &partnerSystem{url: api, id: said[1], secret: said[2]}, id
}

func list(payload map[string]any, field string) []any {
	rows, _ := payload[field].([]any)
	return rows
}

func TestInvalidPartnersAreRejected(t *testing.T) {
	t.Parallel()
	database := pgtest.New(t)
	for says, args := range map[string][]string{
		"The scopes are: catalog:read catalog:write":      {"create", "--name", "x", "--scope", "system:manage"},
		`no store has the code "nowhere"`:                 {"create", "--name", "x", "--scope", "events:read", "--store", "nowhere"},
		"The text is empty. Send at least one character.": {"create", "--name", " ", "--scope", "events:read"},
		`no partner with the client id "none"`:            {"secret", "add", "none"},
		"There is no such secret":                         {"secret", "revoke", "secret_01h455vb4pex5vsknk084sn02q"},
		"is not an id":                                    {"secret", "revoke", "x"},
	} {
		status, out, notes := run(t, append([]string{"partner"}, append(args, "--database-url", database)...)...)

		if status != 1 || !strings.Contains(notes, says) || strings.Contains(out, "aps_") {
			t.Errorf("%v: status %d: %s%s", args, status, out, notes)
		}
	}
	if _, out, _ := run(t, "partner", "list", "--database-url", database); out != "" {
		t.Errorf("a partner was created: %s", out)
	}
}
