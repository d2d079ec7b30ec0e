package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// cpuMeter reads CPU times from /proc (Linux only).
type cpuMeter struct {
	server          []int // process ids; their descendants count, too
	database, redis int
}

// cpuUsage is CPU time.
type cpuUsage struct{ server, database, redis, generator time.Duration }

func (u cpuUsage) minus(o cpuUsage) cpuUsage {
	return cpuUsage{u.server - o.server, u.database - o.database, u.redis - o.redis, u.generator - o.generator}
}

// process is an entry of /proc.
type process struct {
	parent int
	used   time.Duration // of the process and its ended children
}

// read returns the CPU time that was used until now.
func (m cpuMeter) read() (u cpuUsage, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return u, errors.New("read CPU times: /proc is missing; the benchmark needs Linux")
	}
	all := make(map[int]process, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the kernel's
		if err != nil {
			continue // the process has ended
		}
		id, p, err := parseProcess(text)
		if err != nil {
			return u, err
		}
		all[id] = p
	}
	for _, id := range m.server {
		u.server += sumTree(all, id)
	}
	u.database, u.redis = sumTree(all, m.database), sumTree(all, m.redis)
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return u, fmt.Errorf("read the CPU time of the generator: %w", err)
	}
	u.generator = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	return u, nil
}

// sumTree returns the CPU time of a process and all its descendants.
func sumTree(all map[int]process, root int) time.Duration {
	used := all[root].used
	for id, p := range all {
		if p.parent == root {
			used += sumTree(all, id)
		}
	}
	return used
}

// parseProcess parses /proc/PID/stat. The name is in parentheses and may contain anything.
func parseProcess(text []byte) (id int, p process, err error) {
	const parent, user, end, tick = 1, 11, 15, 10 * time.Millisecond // after the name, see proc(5)
	before, _, _ := bytes.Cut(text, []byte(" "))
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < end {
		return 0, p, errors.New("read CPU times: /proc/PID/stat has an unknown format")
	}
	number := func(text []byte) int {
		n, wrong := strconv.Atoi(string(text))
		err = errors.Join(err, wrong)
		return n
	}
	id, p.parent = number(before), number(fields[parent])
	for _, ticks := range fields[user:end] {
		p.used += time.Duration(number(ticks)) * tick
	}
	return id, p, err
}
