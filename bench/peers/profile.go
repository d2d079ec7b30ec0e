package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// profile leaves what Aisle's processors do under a load, where that is wanted. It asks once more for it: what is measured is
// not profiled.
func (b *bench) profile(ctx context.Context, k kind, p peer, l load, workload string) error {
	if b.options.Profiles == "" || p.node == nil {
		return nil
	}
	const least = 1
	var profile []byte
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := l.run(asking, b.meter)
		return err
	})
	group.Go(func() (err error) {
		seconds := max(least, int(l.last.Seconds()))
		profile, err = p.node.Get(asking, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
		return err
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("profile %s: %w", workload, err)
	}
	name := strings.ReplaceAll(k.name+" "+workload, " ", "-") + ".pprof"
	if err := os.WriteFile(filepath.Join(b.options.Profiles, name), profile, 0o600); err != nil {
		return fmt.Errorf("leave a profile: %w", err)
	}
	return nil
}
