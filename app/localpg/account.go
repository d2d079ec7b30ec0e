package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that the server runs as.
type account struct {
	name     string
	uid, gid int
	isOther  bool // not the user of this process
}

// serverAccount returns the user of this process. For root it returns the owner of existing data, postgres or nobody.
func serverAccount(data ...string) (account, error) {
	if os.Geteuid() != 0 {
		return account{name: strconv.Itoa(os.Geteuid()), uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, dir := range data {
		if uid, gid, ok := owner(dir); ok && uid != 0 {
			return account{name: "user " + strconv.Itoa(uid), uid: uid, gid: gid, isOther: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if a, ok := lookUp(name); ok {
			return a, nil
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and the users postgres and nobody do not exist: run aisle as another user")
}

func lookUp(name string) (account, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, false
	}
	uid, uidErr := strconv.Atoi(u.Uid)
	gid, gidErr := strconv.Atoi(u.Gid)
	return account{name: name, uid: uid, gid: gid, isOther: true}, uidErr == nil && gidErr == nil
}

// owner returns the user and the group of a file.
func owner(path string) (uid, gid int, ok bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(stat.Uid), int(stat.Gid), true
}

// sysProcAttr puts a process into a session of its own, as this account.
func (a account) sysProcAttr() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if a.isOther {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // nobody is -2 on macOS
	}
	return attributes
}

// chown makes the account the owner of a file.
func (a account) chown(path string) error {
	if !a.isOther {
		return nil
	}
	if err := os.Lchown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("change the owner of a file of PostgreSQL: %w", err)
	}
	return nil
}

// canEnter reports whether the account can enter a directory. It tries, because more than modes decides.
func (a account) canEnter(ctx context.Context, dir string) bool {
	if !a.isOther {
		return true
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `cd "$1"`, "sh", dir) //nolint:gosec // the path is an argument
	cmd.Dir = "/"
	cmd.SysProcAttr = a.sysProcAttr()
	return cmd.Run() == nil
}
