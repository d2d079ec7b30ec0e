package system_test

import (
	"strings"
	"testing"

	"aisle/app/localpg/pgtest"
)

func TestNoProgressBarWithoutATerminal(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	stores := writeFiles(t, map[string]string{"stores.csv": "code,name,region,timezone\n1,Shop,North,UTC\n"}) + "/stores.csv"

	_, _, seeded := run(t, "seed", "--stores", "1", "--database-url", databaseURL)
	_, _, imported := run(t, "import", "stores", stores, "--database-url", databaseURL)

	if !strings.HasPrefix(seeded, "Created 1 stores") {
		t.Errorf("seed wrote %q", seeded)
	}
	if imported != "" {
		t.Errorf("import wrote %q", imported)
	}
}
