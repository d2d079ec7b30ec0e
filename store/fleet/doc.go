// Package fleet is the module of the node registry: each node reports its status there, and reads which of its components to
// restart.
package fleet
