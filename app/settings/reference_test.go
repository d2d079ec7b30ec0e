package settings

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/reference/configuration.md")

const referencePage = "../../docs/reference/configuration.md"

const referenceHead = `<!-- Generated from app/settings. Do not edit it: run ` + "`go test ./app/settings -run TestConfigurationReference -update`" + `. -->

# Configuration

` + "`aisle serve`" + ` reads each setting from a flag or from an environment variable. A flag overrides a variable. All nodes of a
chain need the same ` + "`AISLE_SECRET`, `AISLE_DATABASE_URL` and `AISLE_REDIS_URL`" + `. A node with an invalid or missing setting
does not start: it writes the flag, the variable, the value and the accepted values to standard error, and exits with
status 2.

` + "`aisle dev`" + ` uses the defaults below, with a database and a Redis of its own, a free port for the admin address,
a shutdown timeout of 5 s, no drain delay and a trace ratio of 1. ` + "`aisle dev --help`" + ` lists its flags.
` + "`aisle doctor`" + ` takes the settings of the nodes and reports risky values.
`

// referenceNotes follow the table of a concern.
var referenceNotes = map[string]string{
	"Redis": `
Nodes run without Redis while it is unavailable, more slowly. Other forms of the URL:

- TLS: ` + "`rediss://user:password@host:6379/0`" + `
- Cluster: ` + "`redis+cluster://user:password@host:6379?addr=other:6379`" + `
- Sentinel: ` + "`redis+sentinel://host:26379?addr=other:26379&master_name=main&username=...&password=...`" + `
- Unix socket: ` + "`unix:///run/redis.sock`" + `
`,
}

const referenceTail = `
## Variables of other projects

| Variable | Effect |
| --- | --- |
| ` + "`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`" + ` | OpenTelemetry collector that traces are sent to, over HTTP. Without one of them, no traces are sent. |
| ` + "`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`" + ` | Attributes of the process in traces. |
| ` + "`GOMEMLIMIT`" + ` | Memory limit of the process. Default: 80 % of the memory of its cgroup or machine. |
| ` + "`GOGC`" + ` | Target of the garbage collector. By default, the heap grows to 512 MiB or half of the memory limit, whichever is smaller, before it is collected. |
| ` + "`PGTARGETSESSIONATTRS`, `PGSSLMODE`, `PGAPPNAME`" + `, ... | Defaults for what ` + "`AISLE_DATABASE_URL`" + ` leaves out, as in libpq. |
`

// The committed page is what the code says. With -update, the test writes the page.
func TestConfigurationReference(t *testing.T) {
	want := reference(t)
	if *update {
		if err := os.WriteFile(referencePage, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}

	got, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("docs/reference/configuration.md is out of date; run this test with -update (-code +page):\n%s", diff)
	}
}

// reference renders the page: a table for each concern, a row for each setting.
func reference(t *testing.T) []byte {
	t.Helper()
	flags := flagsByName(t)
	accepts := map[string]string{}
	for _, v := range valueTypes() {
		accepts[v.name] = v.accepts
	}
	var page bytes.Buffer
	page.WriteString(referenceHead)
	for concern := range reflect.TypeFor[Node]().Fields() {
		group := concern.Tag.Get("group")
		fmt.Fprintf(&page, "\n## %s\n\n| Flag | Variable | Default | Description | Accepted values |\n| --- | --- | --- | --- | --- |\n", group)
		for field := range concern.Type.Fields() {
			f := flags[field.Tag.Get("env")]
			if f == nil {
				t.Fatalf("%s has no variable", field.Name)
			}
			defaultValue := ""
			if f.HasDefault {
				defaultValue = "`" + f.Default + "`"
			}
			fmt.Fprintf(&page, "| `--%s` | `%s` | %s | %s | %s |\n",
				f.Name, f.Tag.Envs[0], defaultValue, cell(f.Help), cell(accepts[f.Tag.Type]))
		}
		page.WriteString(referenceNotes[group])
	}
	page.WriteString(referenceTail)
	return page.Bytes()
}

// cell escapes a text for a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// flagsByName returns the flags of a node by their variables.
func flagsByName(t *testing.T) map[string]*kong.Flag {
	t.Helper()
	parser, err := kong.New(&struct{ Node }{}, Mappers())
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*kong.Flag{}
	for _, f := range parser.Model.Flags {
		if len(f.Tag.Envs) > 0 {
			flags[f.Tag.Envs[0]] = f
		}
	}
	return flags
}

func TestDefaultsIgnoreTheEnvironment(t *testing.T) {
	want := Defaults()
	t.Setenv("AISLE_ENTITY_CACHE_MIB", "1")
	t.Setenv("AISLE_LOG_LEVEL", "invalid")

	got := Defaults()

	if !reflect.DeepEqual(got, want) || got.EntityCacheMiB != 128 || got.LogLevel != "info" {
		t.Errorf("got %+v", got)
	}
}
