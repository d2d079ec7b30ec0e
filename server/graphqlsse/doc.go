// Package graphqlsse answers operations as Server-Sent Events, in the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: one operation for each connection.
package graphqlsse
