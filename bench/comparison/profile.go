package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// profile writes a CPU profile of Aisle under a load, if profiles are wanted. It repeats the load, so that the measurement
// itself is not profiled.
func (b *bench) profile(ctx context.Context, k peerKind, p peer, l load, workload string) error {
	if b.options.Profiles == "" || p.node == nil {
		return nil
	}
	const minSeconds = 1
	var profile []byte
	group, asking := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := l.run(asking, b.cpuMeter)
		return err
	})
	group.Go(func() (err error) {
		seconds := max(minSeconds, int(l.last.Seconds()))
		profile, err = p.node.GetAdmin(asking, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
		return err
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("profile %s: %w", workload, err)
	}
	name := strings.ReplaceAll(k.name+" "+workload, " ", "-") + ".pprof"
	if err := os.WriteFile(filepath.Join(b.options.Profiles, name), profile, 0o600); err != nil {
		return fmt.Errorf("write a profile: %w", err)
	}
	return nil
}
