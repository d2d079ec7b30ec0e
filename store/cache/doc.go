// Package cache caches entities that are read far more often than written: in the memory of the process, and in Redis for
// all nodes. It knows no module: the one who makes a cache says how its values are read, and tells it of changes.
//
// Nothing is deleted from Redis. An entry has the log position as of which it was read, and a reader rejects an entry that is
// older than the last change of its key. See docs/explanation/entity-cache.md.
package cache
