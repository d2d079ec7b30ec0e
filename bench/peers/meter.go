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

// meter reads the processor's time of those who take part, from the kernel (/proc, which Linux has).
type meter struct {
	server          []int // processes, and all that they started
	database, redis int
}

// usage is processor time.
type usage struct{ server, database, redis, generator time.Duration }

func (u usage) minus(o usage) usage {
	return usage{u.server - o.server, u.database - o.database, u.redis - o.redis, u.generator - o.generator}
}

// process is what the kernel says of one.
type process struct {
	parent int
	used   time.Duration // its own, and that of its children that have ended
}

// read is what was used until now.
func (m meter) read() (u usage, err error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		return u, errors.New("find what was used: /proc is missing; this needs Linux")
	}
	all := make(map[int]process, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the kernel's
		if err != nil {
			continue // it has just ended
		}
		id, p, err := parseProcess(text)
		if err != nil {
			return u, err
		}
		all[id] = p
	}
	for _, id := range m.server {
		u.server += tree(all, id)
	}
	u.database, u.redis = tree(all, m.database), tree(all, m.redis)
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return u, fmt.Errorf("find what the generator used: %w", err)
	}
	u.generator = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	return u, nil
}

// tree is what a process and all below it used.
func tree(all map[int]process, root int) time.Duration {
	used := all[root].used
	for id, p := range all {
		if p.parent == root {
			used += tree(all, id)
		}
	}
	return used
}

// parseProcess reads /proc/ID/stat. The name, in parentheses, may hold anything.
func parseProcess(text []byte) (id int, p process, err error) {
	const parent, user, end, tick = 1, 11, 15, 10 * time.Millisecond // after the name, see proc(5)
	before, _, _ := bytes.Cut(text, []byte(" "))
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < end {
		return 0, p, errors.New("find what was used: /proc is not as it was expected")
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
