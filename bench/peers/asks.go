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

	"aisle/bench/stage"
	"aisle/store"
)

//go:embed postgraphile/*.graphql mercurius/*.graphql
var documents embed.FS

// asks is how a peer is asked: each appends a whole request.
type asks struct {
	home     func(b []byte, who *person) []byte
	board    func(b []byte, who *person) []byte
	complete func(b []byte, who *person, what task) []byte
	poll     func(b []byte, who *person) []byte // what an app sends that knows how to be answered from memory; nil is home
	again    func(b []byte, who *person) []byte // the same, with what the app has: nil where there is no such thing
}

// post appends a POST of JSON, whose text is that of the parts.
func post(b []byte, token string, parts ...string) []byte {
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	b = append(b, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(length), 10) //nolint:mnd // decimal
	b = withToken(append(b, "\r\n"...), token)
	b = append(b, "\r\n"...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// get appends the beginning of a GET; the caller ends it with an empty line.
func get(b []byte, path, token string) []byte {
	b = append(b, "GET "...)
	b = append(b, path...)
	return withToken(append(b, " HTTP/1.1\r\nHost: localhost\r\n"...), token)
}

func withToken(b []byte, token string) []byte {
	if token == "" {
		return b
	}
	b = append(b, "Authorization: Bearer "...)
	return append(append(b, token...), "\r\n"...)
}

// quoted is a document as a member of a request's JSON, with its variables begun.
func quoted(document string) string {
	text, err := json.Marshal(document)
	if err != nil { // a string can be written
		panic(err)
	}
	return `{"query":` + string(text) + `,"variables":{`
}

// asksOfAisle sends what the clients send.
func asksOfAisle() asks {
	document := func(name string) string { return quoted(stage.Document(name)) }
	home, board, complete := document("MobileHome"), document("RegionBoard"), document("CompleteTask")
	hash := sha256.Sum256([]byte(stage.Document("MobileHome")))
	path := "/graphql?" + url.Values{
		"operationName": {"MobileHome"}, "variables": {"{}"},
		"extensions": {fmt.Sprintf(`{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hex.EncodeToString(hash[:]))},
	}.Encode()
	return asks{
		home: func(b []byte, who *person) []byte { return post(b, who.token, home, "}}") },
		board: func(b []byte, who *person) []byte {
			return post(b, who.token, board, `"regionId":"`, global("region", who.place), `"}}`)
		},
		complete: func(b []byte, who *person, what task) []byte {
			return post(b, who.token, complete, `"input":{"taskId":"`, store.GlobalID("task", what.id),
				`","idempotencyKey":"`, uuid.NewString(), `"}}}`)
		},
		poll: func(b []byte, who *person) []byte { return append(get(b, path, who.token), "\r\n"...) },
		again: func(b []byte, who *person) []byte {
			b = append(get(b, path, who.token), "If-None-Match: "...)
			return append(append(b, who.etag...), "\r\n\r\n"...)
		},
	}
}

func global(prefix, id string) string { return store.GlobalID(prefix, uuid.MustParse(id)) }

// asksOfNode sends a peer's own documents, which ask for the same by the peer's names.
func asksOfNode(folder string) asks {
	document := func(name string) string {
		text, err := documents.ReadFile(folder + "/" + name + ".graphql")
		if err != nil { // it is embedded
			panic(err)
		}
		return quoted(string(text))
	}
	home, board, complete := document("MobileHome"), document("RegionBoard"), document("CompleteTask")
	timed := strings.Contains(complete, "$at")
	return asks{
		home:  func(b []byte, who *person) []byte { return post(b, "", home, `"me":"`, who.id, `"}}`) },
		board: func(b []byte, who *person) []byte { return post(b, "", board, `"regionId":"`, who.place, `"}}`) },
		complete: func(b []byte, _ *person, what task) []byte {
			if timed {
				return post(b, "", complete, `"id":"`, what.id.String(), `","at":"`, time.Now().UTC().Format(time.RFC3339), `"}}`)
			}
			return post(b, "", complete, `"id":"`, what.id.String(), `"}}`)
		},
	}
}

// asksOfFloor are not GraphQL.
func asksOfFloor() asks {
	return asks{
		home:  func(b []byte, who *person) []byte { return append(get(b, "/home/"+who.id, ""), "\r\n"...) },
		board: func(b []byte, who *person) []byte { return append(get(b, "/board/"+who.place, ""), "\r\n"...) },
		complete: func(b []byte, _ *person, what task) []byte {
			return append(get(b, "/complete/"+what.id.String(), ""), "\r\n"...)
		},
	}
}
