package system_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// shellBlocks returns the shell examples of a page of Markdown.
func shellBlocks(t *testing.T, path string) (blocks []string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// The examples run as written, in sequence in one shell, on the port of the test. Streams are cut after a second.
func TestShellExamplesWork(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	var script strings.Builder
	for _, page := range []string{"README.md", "docs/guides/partner-quick-start.md", "docs/guides/send-hashes-and-register-operations.md"} {
		for _, block := range shellBlocks(t, "../../"+page) {
			if strings.Contains(block, "curl") {
				script.WriteString(block + "\n")
			}
		}
	}
	p := startDev(t, filepath.Join(t.TempDir(), "data"))
	defer p.interrupt(t)
	text := strings.ReplaceAll(script.String(), "http://localhost:8080", p.url)
	text = strings.ReplaceAll(text, "curl -sN", "curl -sN --max-time 1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, _ := exec.CommandContext(ctx, bash, "-c", text).CombinedOutput() // cut streams fail
	got := string(out)
	for want, times := range map[string]int{
		`"unfinishedTaskCount":60`: 3, `"status":"IN_PROGRESS"`: 1, `"totalCount":2`: 1, `"createdCount":1`: 2, `"userErrors":[]`: 3, ":\n\n": 2,
		`"displayName":"`: 5, `"errors"`: 1, "PERSISTED_QUERY_NOT_FOUND": 1,
	} {
		if n := strings.Count(got, want); n != times {
			t.Errorf("the output has %s %d times, not %d times", want, n, times)
		}
	}
	if t.Failed() {
		t.Logf("the output:\n%s", got)
	}
}

func TestCommandsInTheDocumentationExist(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(?m)^(?:bin/)?aisle ((?:[a-z]+ ?)+)([^#|>\n]*)`)
	pages, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "../../README.md") {
		for _, block := range shellBlocks(t, page) {
			for _, m := range command.FindAllStringSubmatch(block, -1) {
				found++
				status, help, notes := run(t, append(strings.Fields(m[1]), "--help")...)
				if status != 0 {
					t.Errorf("%s: %s: %s", page, m[0], notes)
				}
				for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(m[2], -1) {
					if !strings.Contains(help, flag) {
						t.Errorf("%s: %s: there is no flag %s", page, m[0], flag)
					}
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d commands were found", found)
	}
}

// Each public name is on its reference page, and the page has no others.
func TestReferencePagesMatchTheCode(t *testing.T) {
	t.Parallel()
	for _, names := range []struct {
		page, sources  string
		inCode, onPage *regexp.Regexp // the first group is the name
	}{
		{"metrics.md", "../../telemetry/*.go", regexp.MustCompile(`"(aisle_[a-z_]+)"`), regexp.MustCompile("`(aisle_[a-z_]+)")},
		{"errors.md", "../../gateway/apierror/*.go", regexp.MustCompile(`Code\w+ += "([A-Z_]+)"`), nil},
		{"errors.md", "../../store/*.go", regexp.MustCompile(`Code\w+ +Code += "([A-Z_]+)"`), nil},
		{"events.md", "../../store/*.go", regexp.MustCompile(`EventType = "([A-Z_]+)"`), regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|")},
		{
			"stream-protocol.md", "../../server/graphqlws/*.go",
			regexp.MustCompile(`close\w+ += (\d{4})`), regexp.MustCompile(`(?m)^\| (4\d{3}) \|`),
		},
		{"roles-and-scopes.md", "../../auth/*.go", regexp.MustCompile(`Permission\w+ +Permission = "([A-Z_]+)"`), nil},
		{"roles-and-scopes.md", "../../auth/*.go", regexp.MustCompile(`PartnerScope = "([a-z:]+)"`), nil},
		{"conventions.md", "../../store/*/*.go", regexp.MustCompile(`Prefix += "([a-z_]+)"`), nil},
		{"access-tokens.md", "../../auth/*.go", regexp.MustCompile(`"(a[a-z]{2}_)"`), regexp.MustCompile("`(a[a-z]{2}_)`")},
	} {
		text, err := os.ReadFile("../../docs/reference/" + names.page)
		if err != nil {
			t.Fatal(err)
		}
		var sources strings.Builder
		for _, file := range files(t, names.sources) {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") {
				sources.Write(source)
			}
		}
		known := map[string]bool{}
		for _, m := range names.inCode.FindAllStringSubmatch(sources.String(), -1) {
			known[m[1]] = true
			if !regexp.MustCompile(`\b` + m[1] + `(?:\b|_?[` + "`" + `{])`).Match(text) {
				t.Errorf("%s does not have %s", names.page, m[1])
			}
		}
		if len(known) == 0 {
			t.Errorf("the code has no names for %s", names.page)
		}
		if names.onPage == nil {
			continue
		}
		for _, m := range names.onPage.FindAllStringSubmatch(string(text), -1) {
			if !known[m[1]] {
				t.Errorf("%s has %s, which the code does not have", names.page, m[1])
			}
		}
	}
}
