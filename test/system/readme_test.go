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
func TestShellExamplesOfTheReadmeWork(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	var script strings.Builder
	for _, block := range shellBlocks(t, "../../README.md") {
		if strings.Contains(block, "curl") {
			script.WriteString(block + "\n")
		}
	}
	p := startDev(t, filepath.Join(t.TempDir(), "data"))
	defer p.interrupt(t)
	text := strings.ReplaceAll(script.String(), "http://localhost:8080", p.url)
	text = strings.ReplaceAll(text, "curl -sN", "curl -sN --max-time 1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, _ := exec.CommandContext(ctx, bash, "-c", text).CombinedOutput() // the status is that of the stream that was cut
	got := string(out)
	for _, want := range []string{`"openTaskCount":`, `"status":"IN_PROGRESS"`, `"totalCount":2`, `"created":1`, ":\n\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the output has no %s", want)
		}
	}
	if strings.Contains(got, `"errors"`) || !strings.Contains(got, `"userErrors":[]`) {
		t.Error("an example answers with errors")
	}
	if t.Failed() {
		t.Logf("the output:\n%s", got)
	}
}

func TestCommandsOfTheReadmeExist(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`(?m)^bin/aisle ((?:[a-z]+ ?)+)(.*)$`)
	found := 0
	for _, block := range shellBlocks(t, "../../README.md") {
		for _, m := range command.FindAllStringSubmatch(block, -1) {
			found++
			status, help, notes := run(t, append(strings.Fields(m[1]), "--help")...)
			if status != 0 {
				t.Errorf("%s: %s", m[0], notes)
			}
			for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(m[2], -1) {
				if !strings.Contains(help, flag) {
					t.Errorf("%s: there is no flag %s", m[0], flag)
				}
			}
		}
	}
	if found == 0 {
		t.Error("the README has no commands")
	}
}
