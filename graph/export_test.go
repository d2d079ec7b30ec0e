package graph

// What tests of the schema look at.
var (
	OfRows        = ofRows        //nolint:gochecknoglobals // a constant
	ToldByVersion = toldByVersion //nolint:gochecknoglobals // a function
)
