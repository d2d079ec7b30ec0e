// Package node runs one process of a fleet: it wires all other packages and runs the components of the process's roles.
package node
