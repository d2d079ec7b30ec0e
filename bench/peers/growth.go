package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"aisle/bench/stage"
)

// growthCommand measures MobileHome in chains that are ever larger.
type growthCommand struct {
	measureCommand

	Chains []int `default:"20,200,1000,5000" help:"How many stores each has."`
}

// grown is what the operation cost in a chain.
type grown struct {
	row

	stores int
	memory string // in which pages PostgreSQL had its shared memory
}

// Run measures, prints and writes.
func (c growthCommand) Run(ctx context.Context) error {
	const longer = 3 * longest / 2 // 5,000 stores take minutes to make
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

// measure measures each chain, on a database of its own.
func (c growthCommand) measure(ctx context.Context, notes io.Writer) (found []grown, err error) {
	for _, stores := range c.Chains {
		options := c.measureCommand
		options.Stores, options.People = stores, 1
		config := stage.Config{Aisle: c.Aisle, Stores: stores, Longest: longest, Notes: notes, Settings: roomy()}
		err := stage.With(ctx, config, func(s *stage.Stage) error {
			b := &bench{Stage: s, options: options, notes: notes, results: &results{}}
			if err := b.begin(ctx); err != nil {
				return err
			}
			if err := b.session(ctx, kind{aisle, startAisle("--entity-cache-mib", strconv.Itoa(hotMiB(stores))), []string{home}}); err != nil {
				return err
			}
			found = append(found, grown{b.results.rows[0], stores, pagesOf(ctx, b.Looker)})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%d stores: %w", stores, err)
		}
	}
	return found, nil
}

// hotMiB is the memory that a node gets for what is hot, which grows with the chain: what is not in it is read again and again.
func hotMiB(stores int) int {
	const each, of = 128, 1000
	return max(each, each*stores/of)
}

// growthPage is the part of the page about the growth.
func growthPage(found []grown) string {
	var b strings.Builder
	b.WriteString(growthTitle)
	b.WriteString("\nMobileHome of Aisle, read from PostgreSQL each time, in chains of ever more stores (`make bench-growth`): processor\n" +
		"time of the server and PostgreSQL for each answer, and how it compares with the smallest chain. The node has 128 MiB for what is hot\n" +
		"(AISLE_ENTITY_CACHE_MIB), and so much for each 1,000 stores of larger chains; PostgreSQL has shared_buffers of " + sharedBuffers + ",\n" +
		found[0].memory + ".\n\n" +
		"| stores | requests/s | p50 | p99 | server | PostgreSQL | all | growth |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, g := range found {
		fmt.Fprintf(&b, "| %d | %.0f | %s | %s | %.2f ms | %.2f ms | %.2f ms | %+.0f %% |\n", g.stores, g.rate(), g.at(50), g.at(99),
			millis(g.used.server/time.Duration(g.answers)), millis(g.used.database/time.Duration(g.answers)), millis(g.cost()),
			100*(float64(g.cost())/float64(found[0].cost())-1))
	}
	return b.String()
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
