// Command linkcheck finds links in the repository's Markdown files that lead to no file or to no heading. It reads the files that git
// tracks in the current directory and prints one line per broken link. Links to other sites are not followed. Its arguments are
// pathspecs of git, which can exclude files: ":!templates/*.md".
package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

func main() {
	broken, err := check(".", os.Args[1:]...)
	for _, line := range broken {
		fmt.Println(line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "linkcheck:", err)
	}
	if err != nil || len(broken) > 0 {
		os.Exit(1)
	}
}

// check returns the broken links of the Markdown files below root that git tracks, or would if they were added. Pathspecs of git
// exclude some.
func check(root string, pathspecs ...string) ([]string, error) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md")
	list.Args = append(list.Args, pathspecs...)
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the Markdown files: %w", err)
	}
	pages := map[string]page{}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		source, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) { // removed, and still in the index
			continue
		}
		if err != nil {
			return nil, err
		}
		pages[filepath.ToSlash(name)] = parse(source)
	}
	var broken []string
	for name, p := range pages {
		for _, link := range p.links {
			if why := wrong(root, name, link, pages); why != "" {
				broken = append(broken, fmt.Sprintf("%s: %s: %s", name, link, why))
			}
		}
	}
	slices.Sort(broken)
	return broken, nil
}

// page is what matters of a Markdown file.
type page struct {
	links   []string
	anchors map[string]bool
}

func parse(source []byte) page {
	p := page{anchors: map[string]bool{}}
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := node.(type) {
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.Heading:
			p.addAnchor(anchor(plain(n, source)))
		}
		return ast.WalkContinue, nil
	})
	return p
}

// addAnchor adds a heading's anchor; a repeated one gets a number, as GitHub gives it.
func (p page) addAnchor(name string) {
	unique := name
	for i := 1; p.anchors[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	p.anchors[unique] = true
}

// plain returns a heading's text without markup.
func plain(node ast.Node, source []byte) string {
	var b bytes.Buffer
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		if t, ok := child.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			continue
		}
		b.WriteString(plain(child, source))
	}
	return b.String()
}

// anchor returns the anchor that GitHub makes of a heading: lower case, spaces as hyphens, without punctuation.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		default:
			return -1
		}
	}, heading)
}

// wrong says what is wrong with a link in the file name; nothing is "".
func wrong(root, name, link string, pages map[string]page) string {
	u, err := url.Parse(link)
	if err != nil {
		return "not a URL"
	}
	if u.Scheme != "" || u.Host != "" {
		return ""
	}
	target := name
	if u.Path != "" {
		target = filepath.ToSlash(filepath.Join(filepath.Dir(name), filepath.FromSlash(u.Path)))
		if _, err := os.Stat(filepath.Join(root, target)); err != nil {
			return "no such file"
		}
	}
	if u.Fragment == "" {
		return ""
	}
	p, ok := pages[target]
	if !ok {
		return "not a Markdown file, so it has no headings"
	}
	if !p.anchors[u.Fragment] {
		return "no such heading"
	}
	return ""
}
