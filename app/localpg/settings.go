package localpg

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// settings returns the settings of postgresql.conf: small, fast, and with little logging.
func (c *Cluster) settings(cfg Config) map[string]string {
	all := map[string]string{ //nolint:gosec // it contains no password
		"listen_addresses":        loopback,
		"port":                    strconv.Itoa(c.port),
		"unix_socket_directories": `"` + strings.ReplaceAll(c.socket, `"`, `""`) + `"`, // quoted, because it is a list
		"unix_socket_permissions": "0700",
		"password_encryption":     "scram-sha-256",

		"max_connections":            "100",
		"shared_buffers":             "128MB",
		"max_wal_size":               "1GB",
		"wal_level":                  "minimal", // no replicas, so COPY into a new table needs no WAL
		"max_wal_senders":            "0",
		"jit":                        "off", // it slows down small queries
		"timezone":                   "UTC",
		"log_timezone":               "UTC",
		"lc_messages":                "C",
		"datestyle":                  "iso, ymd",
		"log_min_messages":           "warning",
		"log_checkpoints":            "off",
		"log_line_prefix":            "%m [%p] ",
		"default_text_search_config": "pg_catalog.simple",
	}
	if !cfg.Durable {
		maps.Copy(all, map[string]string{"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"})
	}
	maps.Copy(all, cfg.Settings)
	return all
}

// writeSettings overwrites postgresql.conf.
func (c *Cluster) writeSettings(cfg Config) error {
	all := c.settings(cfg)
	var text strings.Builder
	text.WriteString("# Written at each start by aisle (app/localpg).\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(all[name]))
	}
	file := filepath.Join(c.files.data(), "postgresql.conf")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write postgresql.conf: %w", err)
	}
	return c.account.chown(file)
}
