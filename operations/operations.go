// Package operations has the documents that the clients send: tested, shown on the admin page, and known by name to the
// metrics. A folder is a client, a file is an operation and bears its name.
package operations

import (
	"embed"
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
}

// All are the operations of all clients, in the order of the clients' and their own names.
func All() []Operation {
	names, err := fs.Glob(files, "*/*.graphql")
	if err != nil { // the pattern above is right
		panic(err)
	}
	list := make([]Operation, len(names))
	for i, name := range names {
		text, err := files.ReadFile(name)
		if err != nil { // it is embedded
			panic(err)
		}
		list[i] = Operation{
			Client: path.Dir(name), Name: strings.TrimSuffix(path.Base(name), ".graphql"), Document: string(text),
		}
	}
	return list
}

// Names are the names of all operations.
func Names() []string {
	list := All()
	names := make([]string, len(list))
	for i, o := range list {
		names[i] = o.Name
	}
	return names
}
