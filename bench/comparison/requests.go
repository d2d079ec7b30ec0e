package main

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/bench/harness"
	"aisle/store"
)

//go:embed postgraphile/*.graphql mercurius/*.graphql
var documents embed.FS

// requests build the requests to a peer. Each function appends a whole HTTP request to b.
type requests struct {
	home       func(b []byte, who *person) []byte
	board      func(b []byte, who *person) []byte
	complete   func(b []byte, who *person, what task) []byte
	poll       func(b []byte, who *person) []byte // as the app polls, with GET; nil means home
	revalidate func(b []byte, who *person) []byte // poll with the ETag of the last response; nil if not supported
}

// appendPost appends a POST whose JSON body is the concatenation of the parts.
func appendPost(b []byte, token string, parts ...string) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	b = append(b, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(length), 10) //nolint:mnd // decimal
	b = appendToken(append(b, "\r\n"...), token)
	b = append(b, "\r\n"...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// appendGet appends the beginning of a GET. The caller adds the empty line.
func appendGet(b []byte, path, token string) []byte {
	b = append(b, "GET "...)
	b = append(b, path...)
	return appendToken(append(b, " HTTP/1.1\r\nHost: localhost\r\n"...), token)
}

func appendToken(b []byte, token string) []byte {
	if token == "" {
		return b
	}
	b = append(b, "Authorization: Bearer "...)
	return append(append(b, token...), "\r\n"...)
}

// graphqlBody returns the beginning of a JSON body, up to the variables.
func graphqlBody(document string) string {
	text, err := json.Marshal(document)
	if err != nil { // cannot happen: a string is valid JSON
		panic(err)
	}
	return `{"query":` + string(text) + `,"variables":{`
}

// aisleRequests sends the clients' operations.
func aisleRequests() requests {
	document := func(name string) string { return graphqlBody(harness.Document(name)) }
	home, board, complete := document("MobileHome"), document("RegionBoard"), document("CompleteTask")
	hash := sha256.Sum256([]byte(harness.Document("MobileHome")))
	path := "/graphql?" + url.Values{
		"operationName": {"MobileHome"}, "variables": {"{}"},
		"extensions": {fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hex.EncodeToString(hash[:]))},
	}.Encode()
	return requests{
		home: func(b []byte, who *person) []byte { return appendPost(b, who.token, home, "}}") },
		board: func(b []byte, who *person) []byte {
			return appendPost(b, who.token, board, `"regionId":"`, global("region", who.locationID), `"}}`)
		},
		complete: func(b []byte, who *person, what task) []byte {
			return appendPost(b, who.token, complete, `"input":{"taskId":"`, store.GlobalID("task", what.id),
				`","idempotencyKey":"`, uuid.NewString(), `"}}}`)
		},
		poll: func(b []byte, who *person) []byte { return append(appendGet(b, path, who.token), "\r\n"...) },
		revalidate: func(b []byte, who *person) []byte {
			b = append(appendGet(b, path, who.token), "If-None-Match: "...)
			return append(append(b, who.etag...), "\r\n\r\n"...)
		},
	}
}

func global(prefix, id string) string { return store.GlobalID(prefix, uuid.MustParse(id)) }

// nodeRequests sends the peer's own documents, which select the same data.
func nodeRequests(folder string) requests {
	document := func(name string) string {
		text, err := documents.ReadFile(folder + "/" + name + ".graphql")
		if err != nil { // cannot happen: the file is embedded
			panic(err)
		}
		return graphqlBody(string(text))
	}
	home, board, complete := document("MobileHome"), document("RegionBoard"), document("CompleteTask")
	timed := strings.Contains(complete, "$at")
	return requests{
		home: func(b []byte, who *person) []byte { return appendPost(b, "", home, `"me":"`, who.id, `"}}`) },
		board: func(b []byte, who *person) []byte {
			return appendPost(b, "", board, `"regionId":"`, who.locationID, `"}}`)
		},
		complete: func(b []byte, _ *person, what task) []byte {
			if timed {
				return appendPost(b, "", complete, `"id":"`, what.id.String(), `","at":"`, time.Now().UTC().Format(time.RFC3339), `"}}`)
			}
			return appendPost(b, "", complete, `"id":"`, what.id.String(), `"}}`)
		},
	}
}

// baselineRequests are not GraphQL.
func baselineRequests() requests {
	return requests{
		home: func(b []byte, who *person) []byte { return append(appendGet(b, "/home/"+who.id, ""), "\r\n"...) },
		board: func(b []byte, who *person) []byte {
			return append(appendGet(b, "/board/"+who.locationID, ""), "\r\n"...)
		},
		complete: func(b []byte, _ *person, what task) []byte {
			return append(appendGet(b, "/complete/"+what.id.String(), ""), "\r\n"...)
		},
	}
}
