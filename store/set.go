package store

import (
	"slices"
	"strings"
)

// Set is a set of enum values that can be compared, and so be a part of a loader's key. The zero Set is empty.
type Set[T ~string] struct{ sorted string }

// NewSet makes a set.
func NewSet[T ~string](values ...T) Set[T] {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	slices.Sort(words)
	return Set[T]{strings.Join(slices.Compact(words), " ")}
}

// Strings are the values in alphabetical order, nil for an empty set: what a query's optional argument takes.
func (s Set[T]) Strings() []string {
	if s.sorted == "" {
		return nil
	}
	return strings.Fields(s.sorted)
}

// NilIfEmpty is what a query's optional argument takes of an enum value: nil for the empty one, which means all.
func NilIfEmpty[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	s := string(value)
	return &s
}
