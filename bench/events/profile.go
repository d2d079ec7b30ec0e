package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// profileCPU writes a CPU profile of half of the load.
func (s *run) profileCPU(ctx context.Context, n *node) error {
	const minSeconds = 1
	seconds := max(minSeconds, int(s.options.For.Seconds()/2))
	return s.profile(ctx, n, "flood-cpu.pprof", fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
}

// profileMemory writes heap and goroutine profiles of a large scenario.
func (s *run) profileMemory(ctx context.Context, n *node, perSocket int) error {
	if err := s.profile(ctx, n, fmt.Sprintf("many-%d-heap.pprof", perSocket), "/debug/pprof/heap"); err != nil {
		return err
	}
	return s.profile(ctx, n, fmt.Sprintf("many-%d-goroutines.txt", perSocket), "/debug/pprof/goroutine?debug=1")
}

// profile writes a profile to the configured directory. It does nothing without one.
func (s *run) profile(ctx context.Context, n *node, file, path string) error {
	if s.options.Profiles == "" {
		return nil
	}
	profile, err := n.GetAdmin(ctx, path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.options.Profiles, file), profile, 0o600); err != nil {
		return fmt.Errorf("write a profile: %w", err)
	}
	return nil
}
