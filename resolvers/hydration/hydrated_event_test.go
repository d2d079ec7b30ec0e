package hydration

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"aisle/store"
	"aisle/store/events"
)

// samples has the data of an event, by its type in the schema.
var samples = map[string]string{
	"TaskEvent":         `{"task": {}, "steps": []}`,
	"TaskTemplateEvent": `{"template": {}, "steps": []}`,
	"StockEvent":        `{"stock": {}, "movement": {}}`,
	"PriceEvent":        `{"price": {}}`,
	"ProductEvent":      `{"product": {}}`,
	"FeedbackEvent":     `{"feedback": {}}`,
	"StoreEvent":        `{"store": {}, "region": {}}`,
	"RegionEvent":       `{"region": {}}`,
	"EmployeeEvent":     `{"employee": {}}`,
	"SessionEvent":      `{"session": {}, "employee": {}}`,
}

// The event catalogue says which type of the schema shows an event. Every type of event is in it, and can be decoded.
func TestEveryEventHasTheTypeOfTheCatalogue(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/reference/events.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| `(\\w+)` \\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = row[2]
	}
	for _, kind := range store.EventTypes() {
		want := documented[string(kind)]
		decoded, err := Decode(&events.Event{Type: kind, Data: []byte(samples[want])}, nil)
		if err != nil {
			t.Errorf("%s, shown as %q: %v", kind, want, err)
			continue
		}
		if got := strings.TrimPrefix(fmt.Sprintf("%T", decoded.Event), "*graph."); got != want {
			t.Errorf("%s is a %s, in the catalogue a %s", kind, got, want)
		}
	}
}
