package importer

// Options are the options of both imports. The tags define flags of the command.
type Options struct {
	Map       []string `help:"Column of a field. Can be repeated." placeholder:"FIELD=COLUMN" sep:"none"`
	Set       []string `help:"Value of a field for rows that have none. Can be repeated." placeholder:"FIELD=VALUE"  sep:"none"`
	Delimiter string   `help:"Delimiter between fields: auto, comma, semicolon, tab or pipe." default:"auto"`
	Encoding  string   `help:"Encoding of the file: auto (UTF-8 or UTF-16), windows-1252, ..." default:"auto"`
	Rejects   string   `help:"File for rejected rows. Default: the name of the imported file with .rejects.csv, in the current directory." placeholder:"FILE"`
	DryRun    bool     `help:"Report what the import would do and write the rejects file, without changing the database."`

	// Progress, if set, is called after each committed batch. Calls do not overlap.
	Progress func(Progress) `kong:"-"`
}

// Progress is the progress of an import. Its rows are committed or in the rejects file.
type Progress struct {
	Rows  int   // including rejected rows
	Bytes int64 // read from the file
	Total int64 // size of the file in bytes; 0 if unknown, as for a pipe
}

// StoresOptions are the options of importing stores.
type StoresOptions struct {
	Options

	CodeFrom []string `help:"Columns from which to generate the code of a store, for files without codes." placeholder:"COLUMN"`
}

// ProductsOptions are the options of importing products.
type ProductsOptions struct {
	Options

	KeepInternal bool `help:"Accept barcodes that are not GTINs as internal codes, instead of rejecting their rows."`
}
