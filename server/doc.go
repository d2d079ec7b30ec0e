// Package server is the HTTP server: its routes, what is around all of them, its health, and its lifecycle to the end of a drain.
//
// A request goes through the middleware (middleware.go) to a route (routes.go): /graphql is answered by graphqlhttp, which leaves event
// streams to graphqlsse, or by graphqlws, and /oauth/token by oauth. They all call the gateway.
package server
