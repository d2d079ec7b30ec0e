// Package graphqlws serves operations over WebSocket, in the graphql-transport-ws protocol:
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
//
// A connection reads messages in one goroutine (serve.go) and handles them one by one (dispatch.go): connection_init
// authenticates the viewer (init.go), subscribe starts an operation (subscribe.go), which runs in a goroutine of its own (operation.go).
package graphqlws
