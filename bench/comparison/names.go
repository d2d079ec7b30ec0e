package main

// The workloads, by their names in the results.
const (
	home       = "MobileHome"
	board      = "RegionBoard"
	offered    = "MobileHome at an offered load"
	polling    = "MobileHome as polled"
	revalidate = "MobileHome, unchanged"
	complete   = "CompleteTask"
)

// The peers, by their names in the results.
const (
	aisle           = "Aisle"
	unbatched       = "Aisle without loaders"
	postgraphile    = "PostGraphile"
	mercurius       = "Mercurius"
	singleStatement = "one SQL statement"
	empty           = "empty net/http handler"
)

// workloads returns all workloads in the order of the page.
func workloads() []string { return []string{home, polling, revalidate, board, complete, offered} }
