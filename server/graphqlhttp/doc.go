// Package graphqlhttp answers operations over HTTP with GET and POST, as the GraphQL over HTTP specification has it. It decides the
// status and the headers; the gateway runs the operation.
package graphqlhttp
