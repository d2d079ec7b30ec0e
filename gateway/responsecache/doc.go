// Package responsecache stores responses to GET in memory and decides whether a client's ETag is still valid.
//
// A response is stored for one viewer. It is valid while no event changes a module that it was read from, as far as the viewer sees the
// module. Its fragment, the part that shows the viewer's store, is stored once for all viewers who see the same stores; the viewer's
// own entry has a slot where the fragment goes. When a fragment changes, the first request makes it and the others wait for it.
package responsecache
