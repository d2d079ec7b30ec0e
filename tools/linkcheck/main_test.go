package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

func TestBrokenLinksAreFound(t *testing.T) {
	root := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", root).CombinedOutput(); err != nil {
		t.Fatalf("git init: %v: %s", err, out)
	}
	for name, content := range map[string]string{
		"README.md": "# A title\n\n[good](docs/page.md#the-graphql-part-twice) [same page](#a-title) [folder](docs/) ![image](gone.png)\n" +
			"[gone](docs/gone.md) [no heading](docs/page.md#gone) [other site](https://example.com/gone) `[code](gone.md)`\n",
		"docs/page.md": "# The `graphql` part, twice!\n\n## Same\n\n## Same\n\n[second](#same-1) [third](#same-2) [up](../README.md#a-title)\n",
		"ignored.txt":  "[not Markdown](gone.md)\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := check(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"README.md: docs/gone.md: no such file",
		"README.md: docs/page.md#gone: no such heading",
		"README.md: gone.png: no such file",
		"docs/page.md: #same-2: no such heading",
	}
	if !slices.Equal(got, want) {
		t.Errorf("broken links:\n got %q\nwant %q", got, want)
	}
}
