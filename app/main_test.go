package app_test

import (
	"bytes"
	"strings"
	"testing"

	"aisle/app"
	"aisle/app/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// run runs the command inside this process.
func run(t *testing.T, args ...string) (status int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = app.Run(t.Context(), args, app.Terminal{Out: &stdout, Err: &stderr})
	return status, stdout.String(), stderr.String()
}

func TestErrorOfAnInvalidSetting(t *testing.T) {
	tests := map[string]struct {
		args  []string
		env   [2]string
		names []string
	}{
		"port":   {[]string{"dev", "--port", "http"}, [2]string{}, []string{"--port", `"http"`, "0 for a free port"}},
		"range":  {[]string{"dev", "--port", "65536"}, [2]string{}, []string{"--port", `"65536"`, "1 to 65535"}},
		"stores": {[]string{"dev", "--stores", "0"}, [2]string{}, []string{"--stores", `"0"`, "1 to 100000"}},
		"conns":  {[]string{"serve", "--database-max-conns", "1"}, [2]string{}, []string{"--database-max-conns", "AISLE_DATABASE_MAX_CONNS", `"1"`, "2 to 100000"}},
		"variable": {
			[]string{"serve"},
			[2]string{"AISLE_LOG_LEVEL", "loud"},
			[]string{"--log-level", "AISLE_LOG_LEVEL", `"loud"`, "debug, info, warn or error"},
		},
		"address": {[]string{"serve"}, [2]string{"AISLE_ADDR", "8080"}, []string{"--addr", "AISLE_ADDR", `"8080"`, "host:port"}},
		"proxies": {
			[]string{"serve"},
			[2]string{"AISLE_TRUSTED_PROXIES", "10.0.0.0/8,proxy"},
			[]string{"--trusted-proxies", "AISLE_TRUSTED_PROXIES", `"10.0.0.0/8,proxy"`, "networks"},
		},
		"origins":       {[]string{"serve", "--cors-allowed-origins", "https://a.example,https://b.example/path"}, [2]string{}, []string{"--cors-allowed-origins", `b.example/path"`, "https://admin.example"}},
		"all origins":   {[]string{"serve", "--cors-allowed-origins", "*"}, [2]string{}, []string{"--cors-allowed-origins", `"*"`, "https://admin.example"}},
		"rate":          {[]string{"serve", "--viewer-rate-limit", "fast"}, [2]string{}, []string{"--viewer-rate-limit", "AISLE_VIEWER_RATE_LIMIT", `"fast"`, "0 to 1000000000"}},
		"operations":    {[]string{"serve", "--operation-policy", "all"}, [2]string{}, []string{"--operation-policy", `"all"`, "open or registered"}},
		"subscriptions": {[]string{"serve"}, [2]string{"AISLE_MAX_SUBSCRIPTIONS", "0"}, []string{"--max-subscriptions", "AISLE_MAX_SUBSCRIPTIONS", `"0"`, "1 to 100000"}},
		"duration":      {[]string{"serve", "--request-timeout=-1s"}, [2]string{}, []string{"--request-timeout", `"-1s"`, "500ms"}},
		"secret": {
			[]string{"serve", "--secret", "hush"},
			[2]string{},
			[]string{"--secret", "AISLE_SECRET", "32 characters", "--database-url", "--redis-url"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if test.env[0] != "" {
				t.Setenv(test.env[0], test.env[1])
			}

			status, _, notes := run(t, test.args...)

			if status != 2 {
				t.Errorf("status %d", status)
			}
			for _, word := range test.names {
				if !strings.Contains(notes, word) {
					t.Errorf("%q does not name %s", notes, word)
				}
			}
			if strings.Contains(notes, "hush") {
				t.Errorf("the secret is in the error: %s", notes)
			}
		})
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	for _, url := range []string{"postgres://aisle:hush@127.0.0.1:1/aisle?connect_timeout=1", "postgres://aisle:hush@[::1"} {
		status, out, notes := run(t, "migrate", "status", "--database-url", url)

		if status != 1 || strings.Contains(out+notes, "hush") {
			t.Errorf("status %d: %s%s", status, out, notes)
		}
	}
}

func TestSchemaIsPrinted(t *testing.T) {
	status, out, _ := run(t, "schema")

	if status != 0 || !strings.Contains(out, "type Query") || !strings.Contains(out, "The machine-readable code of the mistake.\n") {
		t.Errorf("status %d: %.200s", status, out)
	}
	if strings.Contains(out, "@goModel") || strings.Contains(out, "@goField") {
		t.Error("the schema shows how it is made")
	}
}

func TestVersionIsPrinted(t *testing.T) {
	if status, out, _ := run(t, "version"); status != 0 || !strings.HasPrefix(out, "aisle 0.") {
		t.Errorf("status %d: %s", status, out)
	}
}
