// Package demo creates a fictional retail chain: regions and stores in real cities, employees, products, and the tasks of the
// last and the next days. The same options give the same rows, including their IDs.
//
// A plan contains what all stores share. Each store is made from the plan with its own random stream, so stores can be made in
// any order, and a chain of 1,000 stores needs no more memory than one of 20. Load copies the rows into a database.
package demo
