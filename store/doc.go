// Package store is PostgreSQL and Redis: pools, migrations, ids, pages and the counting of statements.
//
// The rows, queries and rules of the business live one package below, a package a module (store/tasks,
// store/catalog, ...). A module imports this package and auth, never another module: modules meet through ids.
package store
