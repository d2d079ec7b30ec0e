package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"aisle/bench/harness"
)

// growthCommand measures MobileHome in chains of increasing size.
type growthCommand struct {
	measureCommand

	Chains []int `default:"20,200,1000,5000" help:"Numbers of stores."`
}

// growthRow is the result for a chain.
type growthRow struct {
	row

	stores int
	memory string // page size of PostgreSQL's shared memory
}

// Run measures, prints the results and writes them to the page.
func (c growthCommand) Run(ctx context.Context) error {
	const longer = 3 * maxDuration / 2 // seeding 5,000 stores takes minutes
	ctx, cancel := context.WithTimeout(ctx, longer)
	defer cancel()
	found, err := c.measure(ctx, os.Stderr)
	if err != nil {
		return err
	}
	page := growthPage(found)
	_, _ = fmt.Fprint(os.Stdout, page)
	old, err := os.ReadFile(c.Results)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("write the results: %w", err)
	}
	before, _, _ := strings.Cut(string(old), "\n"+growthTitle)
	return save(c.Results, strings.TrimRight(before, "\n")+"\n\n"+page)
}

// measure measures each chain on a database of its own.
func (c growthCommand) measure(ctx context.Context, notes io.Writer) (found []growthRow, err error) {
	for _, stores := range c.Chains {
		options := c.measureCommand
		options.Stores, options.People = stores, 1
		config := harness.Config{Aisle: c.Aisle, Stores: stores, MaxDuration: maxDuration, Warnings: notes, Settings: postgresSettings()}
		err := harness.Run(ctx, config, func(s *harness.Harness) error {
			b := &bench{Harness: s, options: options, notes: notes, results: &results{}}
			if err := b.prepare(ctx); err != nil {
				return err
			}
			start := startAisle("--entity-cache-mib", strconv.Itoa(entityCacheMiB(stores)))
			if err := b.measurePeer(ctx, peerKind{aisle, start, []string{home}}); err != nil {
				return err
			}
			found = append(found, growthRow{b.results.rows[0], stores, pageSize(ctx, b.AdminPool)})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%d stores: %w", stores, err)
		}
	}
	return found, nil
}

// entityCacheMiB returns the memory for the entity cache. It grows with the chain, so that the hit ratio stays the same.
func entityCacheMiB(stores int) int {
	const queryPersons, of = 128, 1000
	return max(queryPersons, queryPersons*stores/of)
}

// growthPage returns the section of the page about growth.
func growthPage(found []growthRow) string {
	var b strings.Builder
	b.WriteString(growthTitle)
	b.WriteString("\nMobileHome of Aisle, not cached, in chains of increasing size (`make bench-growth`): CPU time of the server and of\n" +
		"PostgreSQL per response, compared with the smallest chain. The entity cache has 128 MiB (AISLE_ENTITY_CACHE_MIB) per\n" +
		"1,000 stores, and at least 128 MiB; PostgreSQL has shared_buffers of " + sharedBuffers + ",\n" +
		found[0].memory + ".\n\n" +
		"| stores | requests/s | p50 | p99 | server | PostgreSQL | total | growth |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, g := range found {
		fmt.Fprintf(&b, "| %d | %.0f | %s | %s | %.2f ms | %.2f ms | %.2f ms | %+.0f %% |\n", g.stores, g.rate(), g.at(50), g.at(99),
			millis(g.used.server/time.Duration(g.responses)), millis(g.used.database/time.Duration(g.responses)), millis(g.cost()),
			100*(float64(g.cost())/float64(found[0].cost())-1))
	}
	return b.String()
}
