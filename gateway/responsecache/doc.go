// Package responsecache stores responses to GET in memory and decides whether a client's ETag is still valid.
//
// A response is stored for one viewer. It is valid while no event changes a module that it was read from, as far as the viewer sees the
// module. Its fragment, the part that shows the viewer's store, is stored once for all viewers who see the same stores; the viewer's
// own entry has a slot where the fragment goes. When a fragment changes, the first request makes it and the others wait for it.
//
// Terms:
//   - An entry is what the cache stores under a key: a response, or a fragment of responses.
//   - A fragment is the JSON of the one field of a response that viewers share.
//   - A slot is the offset in a response at which the fragment is inserted, and the fragment's key.
//   - A row is one database row that a fragment shows, with its version (graph.Row).
//   - A span is the range of bytes in a fragment that shows a row (graph.Span). A new fragment copies the spans of unchanged rows.
package responsecache
