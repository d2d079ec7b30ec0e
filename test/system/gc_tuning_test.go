package system_test

import (
	"regexp"
	"strconv"
	"testing"

	"aisle/app/localpg/pgtest"
)

func TestHeapFloorFitsTheMemoryLimit(t *testing.T) { //nolint:tparallel // one node at a time
	t.Parallel()
	const mib = 1 << 20
	redis := redisServer(t)
	for _, test := range []struct {
		setting     string
		least, most float64 // that the heap may have
	}{
		{"GOMEMLIMIT=4GiB", 400 * mib, 1024 * mib},
		{"GOMEMLIMIT=100MiB", 0, 100 * mib},
		{"GOGC=100", 0, 200 * mib},
	} {
		t.Run(test.setting, func(t *testing.T) {
			node := startNode(t, pgtest.New(t), redis, test.setting)
			goal := regexp.MustCompile(`(?m)^go_memstats_next_gc_bytes (\S+)$`)

			isBounded := func() bool {
				found := goal.FindStringSubmatch(node.metrics(t))
				if found == nil {
					t.Fatal("there is no figure of the heap")
				}
				bytes, err := strconv.ParseFloat(found[1], 64)
				return err == nil && test.least <= bytes && bytes <= test.most
			}

			eventually(t, "the heap is bounded at first", isBounded)
			node.getBody(t, node.admin+"/debug/pprof/heap?gc=1") // collects it
			eventually(t, "the heap is bounded once it was collected", isBounded)
		})
	}
}
