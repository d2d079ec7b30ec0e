package graph

// Name tests of the schema look at.
var (
	OfRows        = ofRows
	ToldByVersion = toldByVersion
)
