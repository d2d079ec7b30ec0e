package localpg

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ownerVariable makes the test binary run a cluster in the named directory until it is killed.
const ownerVariable = "AISLE_TEST_OWNER_OF"

func runClusterForever(dir string) {
	c, err := Start(context.Background(), Config{Dir: dir, Durable: true})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println(c.URL("postgres"))
	select {}
}

// startOwner starts an owner in a new process group and returns it with the URL of its cluster.
func startOwner(t *testing.T, dir string) (cmd *exec.Cmd, url string) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(url, "postgres://") {
		t.Fatalf("the owner printed %q, %v", url, err)
	}
	return cmd, strings.TrimSpace(url)
}

// kill kills a process, or a process group if pid is negative, and reaps the owner.
func kill(t *testing.T, pid int, owner *exec.Cmd) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("timed out:", what)
		}
	}
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, dataName, pidName))
	if err != nil {
		t.Fatal(err)
	}
	return parsePID(string(text))
}

func TestPostgresEndsWhenItsOwnerIsKilled(t *testing.T) {
	needPostgres(t)
	for name, group := range map[string]int{"alone": 1, "with its process group": -1} {
		t.Run(name, func(t *testing.T) {
			dir := newDir(t)
			owner, _ := startOwner(t, dir)
			server := postmaster(t, dir)

			kill(t, group*owner.Process.Pid, owner)

			eventually(t, "the server ended", func() bool { return commandLine(server) == "" })
			eventually(t, "all processes ended", func() bool { return len(processes(t, dir)) == 0 })
			wantNoProcesses(t, dir)
		})
	}
}

func TestStartAfterAKillKeepsData(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	owner, url := startOwner(t, dir)
	insertWord(t, url)
	kill(t, owner.Process.Pid, owner)

	c := start(t, dir)

	if got := query(t, c.URL("postgres"), "SELECT word FROM kept"); got != "milk" {
		t.Errorf("the words are %q", got)
	}
}

func TestAStartWorksAfterEverythingWasKilled(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	owner, url := startOwner(t, dir)
	insertWord(t, url)
	server := postmaster(t, dir)
	killSupervisors(t, dir)
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	kill(t, owner.Process.Pid, owner)
	// The PID file has the ID of this process, as if the system had reused it.
	stale := fmt.Sprintf("%d\n%s\n", os.Getppid(), filepath.Join(dir, dataName))
	if err := os.WriteFile(filepath.Join(dir, dataName, pidName), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}

	c := start(t, dir)

	if got := query(t, c.URL("postgres"), "SELECT word FROM kept"); got != "milk" {
		t.Errorf("the words are %q", got)
	}
}

func TestAStartEndsAServerThatLostItsSupervisor(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	owner, _ := startOwner(t, dir)
	server := postmaster(t, dir)
	killSupervisors(t, dir)
	kill(t, owner.Process.Pid, owner)

	c := start(t, dir)

	query(t, c.URL("postgres"), "SELECT 'yes'")
	if commandLine(server) != "" {
		t.Error("the server without a supervisor still runs")
	}
}

// killSupervisors kills the supervisors of a cluster.
func killSupervisors(t *testing.T, dir string) {
	t.Helper()
	if commandLine(os.Getpid()) == "" || len(processes(t, dir)) == 0 {
		t.Skip("skipped: this machine does not list its processes in /proc")
	}
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		pid := firstNumber(entry)
		if line := commandLine(pid); strings.HasPrefix(line, "/bin/sh\x00") && strings.Contains(line, dir) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func TestASignalToTheOwnersGroupDoesNotReachTheServer(t *testing.T) {
	needPostgres(t)
	dir := newDir(t)
	owner, _ := startOwner(t, dir)

	group, err := syscall.Getpgid(postmaster(t, dir))

	if err != nil || group == owner.Process.Pid {
		t.Errorf("the server is in its owner's process group: %v", err)
	}
}
