// Package demo makes a retail chain that does not exist: regions and stores in real cities, the people, the products,
// and the work of the last and the next days. The same seed, number of stores and instant make the same rows, ids
// included.
//
// What is shared by all stores is in a plan; from it each store is made by itself, with its own source of chance. So
// stores can be made in any order, and a chain of 1,000 needs no more memory than one of 20. Making rows touches no
// database: Load copies them into one.
package demo
