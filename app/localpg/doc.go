// Package localpg runs a private PostgreSQL with the server binaries that are installed on the machine, for
// `aisle dev` and the tests.
//
//   - The owner locks a lock file in the cluster's directory, and every process of the cluster inherits the lock. It is free only
//     when all processes have ended, so the next owner may clean up after a killed cluster.
//   - A supervisor, a short shell script, runs between the owner and the server in its own session: Ctrl-C and signals to the
//     owner's process group do not reach it. It reads from a pipe that only the owner writes to, and stops the server when the
//     pipe is closed, however the owner died.
//   - PostgreSQL does not run as root. If the owner is root, the server and the supervisor run as postgres or nobody.
package localpg
