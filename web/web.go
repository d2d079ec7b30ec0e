// Package web embeds and serves the admin's page: GraphiQL, built by Vite into web/dist.
//
// Nothing of the page comes from another host, and its Content-Security-Policy lets nothing in.
package web

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Root is the path that the page lives under; Vite's base in vite.config.ts is the same.
const Root = "/graphiql/"

// Client is what the page calls itself when it asks the API; src/api.ts says the same.
const Client = "graphiql"

const (
	index    = "index.html"
	notBuilt = "The admin page was not built into this binary: " +
		"install Node 20 or newer and run \"make web\", then build again."
	forAYear = "public, max-age=31536000, immutable"
)

// policy allows the page's own files only. Monaco positions text with style attributes and makes style
// elements while it runs, hence 'unsafe-inline' for styles; its fonts and icons are partly data: addresses.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed all:dist
var dist embed.FS

// Built reports whether the page was built before this binary was.
func Built() bool {
	return built(page())
}

// Handler serves the page under Root, and redirects there from the same path without its last slash.
// A binary without the page answers 503 with a sentence that says how to get it.
func Handler() http.Handler {
	return newHandler(page())
}

func page() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for a malformed name, and this one is constant
	}
	return files
}

func built(files fs.FS) bool {
	_, err := fs.Stat(files, index)
	return err == nil
}

func newHandler(files fs.FS) http.Handler {
	answer := serveFile(files)
	if !built(files) {
		answer = unavailable
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD are served here.", http.StatusMethodNotAllowed)
		case r.URL.Path+"/" == Root:
			http.Redirect(w, r, Root, http.StatusPermanentRedirect)
		default:
			answer(w, r)
		}
	})
}

func protect(header http.Header) {
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, notBuilt, http.StatusServiceUnavailable)
}

func serveFile(files fs.FS) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, Root)
		if name == "" {
			name = index
		}
		content, err := fs.ReadFile(files, name)
		if err != nil || strings.HasPrefix(name, ".") {
			http.Error(w, "There is no such file.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", contentType(name))
		w.Header().Set("Cache-Control", caching(name))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// caching lets browsers keep what Vite named by its content; everything else is asked for again.
func caching(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return forAYear
	}
	return "no-cache"
}

// contentType knows what Vite emits. Go's mime package would ask the machine's tables, which differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}
