// Package operations has the documents that the clients send: tested, shown on the admin page, and registered at each
// node. A folder is a client, a file is an operation and bears its name.
package operations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed */*.graphql
var files embed.FS

// Operation is a document that a client sends.
type Operation struct {
	Client   string // the folder: mobile, admin, partner
	Name     string
	Document string
	File     string // where it was read
}

// All are the operations of all clients, in the order of the clients' and their own names.
func All() []Operation {
	list, err := Read(files, "")
	if err != nil { // they are embedded
		panic(err)
	}
	return list
}

// Astray are the files that look like operations and that Read does not read, as they lie too deep, or beside the clients' folders,
// or end otherwise.
func Astray(folder fs.FS, client string) ([]string, error) {
	var astray []string
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch ending := strings.ToLower(path.Ext(name)); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir // nobody's operations
		case entry.IsDir() || ending != ".graphql" && ending != ".gql":
			return nil
		}
		if read, _ := path.Match(pattern(client), name); !read {
			astray = append(astray, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for operations: %w", err)
	}
	return astray, nil
}

// pattern is that of the files with operations.
func pattern(client string) string {
	if client == "" {
		return "*/*.graphql"
	}
	return "*.graphql"
}

// Read reads the operations of a client that are in a folder, or without a client those of all clients, each of which has
// a folder in it. They are in the order of their files.
func Read(folder fs.FS, client string) ([]Operation, error) {
	names, err := fs.Glob(folder, pattern(client))
	if err != nil {
		return nil, fmt.Errorf("look for operations: %w", err)
	}
	list := make([]Operation, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read an operation: %w", err)
		}
		of := client
		if of == "" {
			of = path.Dir(name)
		}
		list[i] = Operation{Client: of, Name: strings.TrimSuffix(path.Base(name), ".graphql"), Document: string(text), File: name}
	}
	return list, nil
}
