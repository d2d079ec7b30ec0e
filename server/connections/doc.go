// Package connections registers open sockets and event streams. They outlive the requests that opened them, so a drain must end them.
package connections
