// Package web embeds and serves the admin page: GraphiQL, built by Vite into web/dist.
//
// The page loads nothing from other hosts, and its Content-Security-Policy forbids it.
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

// Root is the path of the page. It must equal base in vite.config.ts.
const Root = "/graphiql/"

// Client is the client name that the page sends to the API. It must equal the name in src/api.ts.
const Client = "graphiql"

const (
	index    = "index.html"
	notBuilt = "The admin page was not built into this binary: " +
		"install Node 20 or newer and run \"make web\", then build again."
	immutable = "public, max-age=31536000, immutable"
)

// contentSecurityPolicy allows the page's own files only. Monaco sets style attributes and adds style elements, hence 'unsafe-inline'
// for styles. Some of its fonts and icons are data: URLs.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed all:dist
var dist embed.FS

// Built reports whether the binary contains the page.
func Built() bool {
	return hasIndex(page())
}

// Handler serves the page under Root, and redirects Root without the last slash to Root. If the binary does not contain the page, the
// handler responds with 503 and says how to build it.
func Handler() http.Handler {
	return newHandler(page())
}

func page() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // cannot happen: the name is valid
	}
	return files
}

func hasIndex(files fs.FS) bool {
	_, err := fs.Stat(files, index)
	return err == nil
}

func newHandler(files fs.FS) http.Handler {
	serve := serveFile(files)
	if !hasIndex(files) {
		serve = serveUnavailable
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setSecurityHeaders(w.Header())
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Use GET or HEAD.", http.StatusMethodNotAllowed)
		case r.URL.Path+"/" == Root:
			http.Redirect(w, r, Root, http.StatusPermanentRedirect)
		default:
			serve(w, r)
		}
	})
}

func setSecurityHeaders(header http.Header) {
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
}

func serveUnavailable(w http.ResponseWriter, _ *http.Request) {
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
			http.Error(w, "The file does not exist.", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", contentType(name))
		w.Header().Set("Cache-Control", cacheControl(name))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

// cacheControl allows browsers to cache files that have a hash in their name. All others must be revalidated.
func cacheControl(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return immutable
	}
	return "no-cache"
}

// contentType returns the type of a file that Vite emits. Go's mime package would depend on tables of the machine.
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
