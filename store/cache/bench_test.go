package cache_test

import "testing"

// BenchmarkPeek is a hit in memory, which a request has for each of its keys.
func BenchmarkPeek(b *testing.B) {
	n := newNode(newTable(map[int]string{1: "one"}))
	n.read(b, 1)
	now := n.clock.now()
	for b.Loop() {
		if _, ok := n.Peek(1, now); !ok {
			b.Fatal("it is not in memory")
		}
	}
	b.ReportAllocs()
}
