// Package store has what the modules share: the DB interface, the runner of commands, events, ids, pages, cursors and errors.
//
// Each module is a package below this one (store/tasks, store/catalog, ...) with its rows, queries and rules. It imports this
// package and auth, and never another module. Drivers are beside the modules: store/postgres, store/replica, store/redis and
// store/cache.
package store
