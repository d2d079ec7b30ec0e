// Package localpg runs a private PostgreSQL with the server binaries that are installed on the machine, for
// `aisle dev` and the tests.
//
// What holds a cluster together:
//
//   - A lock file in its folder, locked by the owner and inherited by every process of the cluster: it is free only
//     when all of them are gone. So whoever has it may clean up after a cluster that was killed.
//   - A supervisor, a dozen lines of shell between the owner and the server, in a session of its own: Ctrl-C and a kill of
//     the owner's process group do not reach it. It reads from a pipe that only the owner writes to, and stops
//     the server when the pipe ends, however the owner died.
//   - PostgreSQL refuses to run as root. Started as root, the server and the supervisor run as postgres or nobody.
package localpg
