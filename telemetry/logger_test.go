package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestNewLoggerAddsTheAttributesOfTheContext(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "json", "INFO")
	if err != nil {
		t.Fatal(err)
	}
	ctx := telemetry.WithAttrs(context.Background(), slog.String("request_id", "r-1"))
	one := telemetry.WithAttrs(ctx, slog.Int("n", 1))
	_ = telemetry.WithAttrs(ctx, slog.Int("n", 2)) // must not change one

	log.With("always", true).InfoContext(one, "said", "own", "x")
	log.DebugContext(one, "not said")

	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	delete(got, "time")
	want := map[string]any{"level": "INFO", "msg": "said", "always": true, "own": "x", "request_id": "r-1", "n": 1.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNewLoggerWritesText(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(&out, "text", "debug")
	if err != nil {
		t.Fatal(err)
	}

	log.DebugContext(telemetry.WithAttrs(context.Background(), slog.String("request_id", "r-1")), "said")

	if !strings.Contains(out.String(), "level=DEBUG msg=said request_id=r-1") {
		t.Error(out.String())
	}
}

func TestNewLoggerRejectsAnUnknownFormatOrLevel(t *testing.T) {
	for _, c := range []struct{ format, level, want string }{
		{"xml", "info", `log format "xml": use json or text`},
		{"json", "loud", `log level "loud": use debug, info, warn or error`},
		{"json", "", `log level "": use debug, info, warn or error`},
	} {
		_, err := telemetry.NewLogger(&bytes.Buffer{}, c.format, c.level)

		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
