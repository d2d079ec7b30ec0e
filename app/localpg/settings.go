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

// settings are postgresql.conf's: small, quick, and quiet in the log.
func (c *Cluster) settings(cfg Config) map[string]string {
	all := map[string]string{ //nolint:gosec // no password is in it
		"listen_addresses":        loopback,
		"port":                    strconv.Itoa(c.port),
		"unix_socket_directories": `"` + strings.ReplaceAll(c.socket, `"`, `""`) + `"`, // a list
		"unix_socket_permissions": "0700",
		"password_encryption":     "scram-sha-256",

		"max_connections":            "100",
		"shared_buffers":             "128MB",
		"max_wal_size":               "1GB",
		"wal_level":                  "minimal", // there is no replica, and COPY into a new table need not be logged
		"max_wal_senders":            "0",
		"jit":                        "off", // it costs small queries more than it saves
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

// writeSettings writes postgresql.conf whole: what initdb chose is worse and what a person writes belongs elsewhere.
func (c *Cluster) writeSettings(cfg Config) error {
	all := c.settings(cfg)
	var text strings.Builder
	text.WriteString("# Written at each start by aisle (app/localpg).\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(all[name]))
	}
	file := filepath.Join(c.files.data(), "postgresql.conf")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write PostgreSQL's settings: %w", err)
	}
	return c.account.chown(file)
}
