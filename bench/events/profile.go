package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// profileCPU leaves what the server's processors do for half of a flood.
func (s *run) profileCPU(ctx context.Context, n *node) error {
	const least = 1
	seconds := max(least, int(s.options.For.Seconds()/2))
	return s.profile(ctx, n, "flood-cpu.pprof", fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
}

// profileMemory leaves what a crowd's memory is.
func (s *run) profileMemory(ctx context.Context, n *node, perSocket int) error {
	if err := s.profile(ctx, n, fmt.Sprintf("many-%d-heap.pprof", perSocket), "/debug/pprof/heap"); err != nil {
		return err
	}
	return s.profile(ctx, n, fmt.Sprintf("many-%d-goroutines.txt", perSocket), "/debug/pprof/goroutine?debug=1")
}

// profile leaves a profile where they are wanted.
func (s *run) profile(ctx context.Context, n *node, file, path string) error {
	if s.options.Profiles == "" {
		return nil
	}
	profile, err := n.Get(ctx, path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.options.Profiles, file), profile, 0o600); err != nil {
		return fmt.Errorf("leave a profile: %w", err)
	}
	return nil
}
