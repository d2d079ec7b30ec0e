package graph

// What tests of the schema look at.
var (
	OfRows        = ofRows
	ToldByVersion = toldByVersion
)
