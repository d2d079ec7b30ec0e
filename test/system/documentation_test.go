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

// The examples run as written, one after the other in one shell, but on the port of the test. A stream is cut after a second.
func TestShellExamplesWork(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	var script strings.Builder
	for _, page := range []string{"README.md", "docs/guides/partner-quick-start.md", "docs/guides/persisted-queries.md"} {
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
	out, _ := exec.CommandContext(ctx, bash, "-c", text).CombinedOutput() // streams that are cut fail
	got := string(out)
	for want, times := range map[string]int{
		`"openTaskCount":60`: 3, `"status":"IN_PROGRESS"`: 1, `"totalCount":2`: 1, `"created":1`: 2, `"userErrors":[]`: 3, ":\n\n": 2,
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
