package system_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aisle/store/postgres"
)

// The exit status is that of a Nagios plugin: 0 for ok, 1 for a warning, 2 for critical.
func TestDoctorExitStatus(t *testing.T) {
	t.Parallel()
	durable := startDurablePostgres(t) // the shared cluster has fsync off, which is critical
	database := durable.url.String()
	if _, err := postgres.MigrateUp(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.tar.gz")
	well := []string{"doctor", "--database-url", database, "--secret", testSecret[:20] + "abcdefghijklmnop", "--json"}

	warned, out, _ := run(t, append(well, "--bundle", bundle)...)
	failed, table, _ := run(t, "doctor", "--database-url", "postgres://aisle:hush@127.0.0.1:1/aisle")
	wrong, _, notes := run(t, "doctor", "--data", t.TempDir())

	var report struct {
		Status string            `json:"status"`
		Checks []json.RawMessage `json:"checks"`
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || warned != 1 || report.Status != "warning" || len(report.Checks) < 20 {
		t.Errorf("status %d, %v: %s", warned, err, out)
	}
	if info, err := os.Stat(bundle); err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 {
		t.Errorf("the bundle is %v, %v", info, err)
	}
	if failed != 2 || !strings.Contains(table, "critical  postgresql") || strings.Contains(table, "hush") {
		t.Errorf("status %d: %s", failed, table)
	}
	if wrong != 1 || !strings.Contains(notes, "AISLE_DATABASE_URL") {
		t.Errorf("status %d: %s", wrong, notes)
	}
}
