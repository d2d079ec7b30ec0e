package resolvers_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/loaders"
)

// BenchmarkOperations measures a client's query from the parsed document to the JSON response, with cached entities in memory and
// the rows of the store in PostgreSQL.
func BenchmarkOperations(b *testing.B) {
	a, admin := newDemoAPI(b, 30)
	a.resolver.BatchWait = loaders.DefaultWait
	a.executor.SetQueryCache(graphql.MapCache[*ast.QueryDocument]{})
	a.enableEntityCache()
	region := a.mustQuery(b, admin, `{ regions(first: 1) { edges { node { id } } } }`, nil).at("regions.edges.0.node.id")
	associate := admin
	if err := a.pool.QueryRow(b.Context(), `SELECT id, role, store_id FROM staff.employee WHERE role = 'ASSOCIATE' LIMIT 1`).
		Scan(&associate.EmployeeID, &associate.Role, &associate.StoreID); err != nil {
		b.Fatal(err)
	}
	for name, of := range map[string]struct {
		file   string
		viewer auth.Viewer
		input  vars
	}{
		"MobileHome":  {"mobile/MobileHome.graphql", associate, nil},
		"RegionBoard": {"admin/RegionBoard.graphql", admin, vars{"regionId": region}},
	} {
		b.Run(name, func(b *testing.B) {
			document := operation(b, of.file)
			b.ReportAllocs()
			before := processorTime(b)
			defer func() { b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op") }()
			for b.Loop() {
				ctx, err := a.resolver.PrepareRequest(graphql.StartOperationTrace(b.Context()), of.viewer)
				if err != nil {
					b.Fatal(err)
				}
				at := time.Now()
				params := &graphql.RawParams{Query: document, Variables: of.input, ReadTime: graphql.TraceTiming{Start: at, End: at}}
				query, errs := a.executor.CreateOperationContext(ctx, params)
				if len(errs) > 0 {
					b.Fatal(errs)
				}
				run, ctx := a.executor.DispatchOperation(ctx, query)
				if answer := run(ctx); len(answer.Errors) > 0 {
					b.Fatal(answer.Errors)
				}
			}
		})
	}
}

// processorTime returns the CPU time of this process, without PostgreSQL and without waiting.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
