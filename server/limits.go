package server

import (
	"cmp"
	"time"
)

// Limits bound what a client can make the server do. A zero value means the default. docs/limits.md tells clients.
type Limits struct {
	Body          int64         // bytes of a request's body, and of a socket's message; 1 MiB
	AnonymousBody int64         // the same of those without a token; 64 KiB
	Request       time.Duration // the execution of an operation; 10 s
	Grace         time.Duration // for what is running when the server is told to stop; 20 s
	Lead          time.Duration // of it, to go on accepting while proxies notice, a quarter at most; 0 is none
	HeaderTimeout time.Duration // for reading a request's headers; 5 s
	ReadTimeout   time.Duration // for reading a whole request; 10 s
	IdleTimeout   time.Duration // between the requests of a connection; 120 s
	Init          time.Duration // for a socket's first message; 10 s
	Write         time.Duration // for one write to a socket or an event stream; 5 s
	Silence       time.Duration // of a socket's peer, which is asked now and then, until it counts as gone; 25 s

	Document   int // bytes of a document; 64 KiB
	Tokens     int // of a document; 2,000
	Depth      int // levels of fields in fields; 15
	RootFields int // of an operation; 20
	Fields     int // of an operation, its fragments put in; 2,000
	Repeats    int // of one field in one place; 50
	Aliases    int // of a document; 50
	Directives int // of a document; 50
	Fragments  int // that a document defines; 50
	Cost       int // of an operation; 250,000
	Errors     int // of an answer; 50

	// In a second on average, and ten times as much at once:
	ViewerRate   int // what a viewer's operations may cost; 0 is no limit
	AddressRate  int // what those may cost that come from one address without a token; 0 is no limit
	NewDocuments int // bytes of documents that a viewer or an address may make the server read; 16 KiB

	Subscriptions       int // operations at once on a socket; 100
	ViewerSubscriptions int // subscriptions at once of a viewer; 10,000
	NodeSubscriptions   int // subscriptions at once; 20,000
	Streams             int // sockets and event streams at once; 20,000
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Body:          cmp.Or(l.Body, 1<<20),
		AnonymousBody: min(cmp.Or(l.AnonymousBody, 64<<10), cmp.Or(l.Body, 1<<20)),
		Request:       cmp.Or(l.Request, 10*time.Second),
		Grace:         cmp.Or(l.Grace, 20*time.Second),
		Lead:          min(l.Lead, cmp.Or(l.Grace, 20*time.Second)/4),
		HeaderTimeout: cmp.Or(l.HeaderTimeout, 5*time.Second),
		ReadTimeout:   cmp.Or(l.ReadTimeout, 10*time.Second),
		IdleTimeout:   cmp.Or(l.IdleTimeout, 2*time.Minute),
		Init:          cmp.Or(l.Init, 10*time.Second),
		Write:         cmp.Or(l.Write, 5*time.Second),
		Silence:       cmp.Or(l.Silence, 25*time.Second),

		Document:   cmp.Or(l.Document, 64<<10),
		Tokens:     cmp.Or(l.Tokens, 2000),
		Depth:      cmp.Or(l.Depth, 15),
		RootFields: cmp.Or(l.RootFields, 20),
		Fields:     cmp.Or(l.Fields, 2000),
		Repeats:    cmp.Or(l.Repeats, 50),
		Aliases:    cmp.Or(l.Aliases, 50),
		Directives: cmp.Or(l.Directives, 50),
		Fragments:  cmp.Or(l.Fragments, 50),
		Cost:       cmp.Or(l.Cost, 250_000),
		Errors:     cmp.Or(l.Errors, 50),

		ViewerRate:   l.ViewerRate,
		AddressRate:  l.AddressRate,
		NewDocuments: cmp.Or(l.NewDocuments, 16<<10),

		Subscriptions:       cmp.Or(l.Subscriptions, 100),
		ViewerSubscriptions: cmp.Or(l.ViewerSubscriptions, 10_000),
		NodeSubscriptions:   cmp.Or(l.NodeSubscriptions, 20_000),
		Streams:             cmp.Or(l.Streams, 20_000),
	}
}
