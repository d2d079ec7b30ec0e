package settings

import "github.com/alecthomas/kong"

// Defaults returns the default of each setting. The environment does not change them.
func Defaults() Node {
	var n struct{ Node }
	parser, err := kong.New(&n, Mappers())
	if err != nil { // the tags above are wrong
		panic(err)
	}
	for _, flag := range parser.Model.Flags {
		flag.Tag.Envs = nil
		if err := flag.Reset(); err != nil {
			panic(err)
		}
	}
	return n.Node
}
