// Package operations embeds the GraphQL documents of the clients. They are tested, shown on the admin page and registered on each node.
// A folder is a client; a file holds one operation and has its name.
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

// Operation is a document of a client.
type Operation struct {
	Client   string // the folder: mobile, admin, partner
	Name     string
	Document string
	File     string // the path it was read from
}

// All returns the embedded operations of all clients, ordered by client and name.
func All() []Operation {
	list, err := Read(files, "")
	if err != nil { // cannot happen: the files are embedded
		panic(err)
	}
	return list
}

// FindMisplaced returns the files that look like operations but that Read ignores: in a nested folder, outside of the clients' folders,
// or with another extension.
func FindMisplaced(folder fs.FS, client string) ([]string, error) {
	var misplaced []string
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		switch ending := strings.ToLower(path.Ext(name)); {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || ending != ".graphql" && ending != ".gql":
			return nil
		}
		if read, _ := path.Match(pattern(client), name); !read {
			misplaced = append(misplaced, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for operations: %w", err)
	}
	return misplaced, nil
}

// pattern returns the glob of the files that Read reads.
func pattern(client string) string {
	if client == "" {
		return "*/*.graphql"
	}
	return "*.graphql"
}

// Read reads the operations of a client from a folder. If client is empty the folder holds one folder per client. The operations are
// ordered by file.
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
		owner := client
		if owner == "" {
			owner = path.Dir(name)
		}
		list[i] = Operation{Client: owner, Name: strings.TrimSuffix(path.Base(name), ".graphql"), Document: string(text), File: name}
	}
	return list, nil
}
