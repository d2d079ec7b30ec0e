package doctor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"aisle/store"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// settingCheck judges the values of a setting of PostgreSQL.
type settingCheck struct {
	setting string
	judge   func(value string) Finding
}

// settingChecks returns the checks of PostgreSQL's settings.
func settingChecks() []settingCheck {
	return []settingCheck{
		{"fsync", func(v string) Finding {
			if v == "off" {
				return critical("fsync is off: a crash of the machine can destroy the database.", "Set fsync = on.")
			}
			return ok("fsync is on.")
		}},
		{"full_page_writes", func(v string) Finding {
			if v == "off" {
				return critical("full_page_writes is off: a crash of the machine can destroy pages.", "Set full_page_writes = on.")
			}
			return ok("full_page_writes is on.")
		}},
		{"synchronous_commit", func(v string) Finding {
			if v == "off" {
				return warning("synchronous_commit is off: a crash of PostgreSQL loses changes that were confirmed to clients.",
					"Set synchronous_commit = on.")
			}
			return ok("synchronous_commit is %s.", v)
		}},
		{"random_page_cost", func(v string) Finding {
			if cost, err := strconv.ParseFloat(v, 64); err == nil && cost > 2 {
				return warning(fmt.Sprintf("random_page_cost is %s, a value for spinning disks.", v),
					"Set random_page_cost = 1.1 if the disk is an SSD.")
			}
			return ok("random_page_cost is %s.", v)
		}},
		{"shared_buffers", func(v string) Finding {
			const defaultPages, pageKiB = 16384, 8 // 128 MiB
			if pages, err := strconv.ParseInt(v, 10, 64); err == nil && pages <= defaultPages {
				return warning(fmt.Sprintf("shared_buffers is %d MiB, the default or less.", pages*pageKiB>>10),
					"Set shared_buffers to a quarter of the machine's memory.")
			}
			return ok("shared_buffers is larger than the default.")
		}},
		{"statement_timeout", func(v string) Finding {
			if v == "0" {
				return warning("The role has no statement_timeout: behind a pooler, and in psql, a statement can run without limit.",
					"Run ALTER ROLE ... SET statement_timeout = '10s'.")
			}
			return ok("The role's statement_timeout is %s ms.", v)
		}},
		{"idle_in_transaction_session_timeout", func(v string) Finding {
			if v == "0" {
				return warning("idle_in_transaction_session_timeout is off: an open transaction that is idle blocks the event log and vacuum.",
					"Run ALTER ROLE ... SET idle_in_transaction_session_timeout = '60s', first of all for roles that people use.")
			}
			return ok("idle_in_transaction_session_timeout is %s ms.", v)
		}},
		{"autovacuum", func(v string) Finding {
			if v == "off" {
				return critical("autovacuum is off: tables grow, and PostgreSQL finally stops accepting writes.", "Set autovacuum = on.")
			}
			return ok("autovacuum is on.")
		}},
	}
}

// serverSettingChecks returns a check for each setting of PostgreSQL.
func (d *Doctor) serverSettingChecks() []check {
	list := make([]check, 0, len(settingChecks()))
	for _, s := range settingChecks() {
		list = append(list, check{s.setting, d.withDatabase(func(ctx context.Context, db store.DB) (Finding, error) {
			values, err := pgstats.ReadSettings(ctx, db, s.setting)
			if err != nil {
				return Finding{}, err
			}
			return s.judge(values[s.setting]), nil
		})})
	}
	return list
}

// checkRedisMemory checks that Redis evicts keys when it is full.
func (d *Doctor) checkRedisMemory(ctx context.Context) (Finding, error) {
	if d.redis == nil {
		return Finding{}, errNoRedis
	}
	r, err := pgstats.ReadRedisInfo(ctx, d.redis)
	const remedy = "Set maxmemory and maxmemory-policy allkeys-lru: all data in Redis can be loaded from PostgreSQL again."
	switch {
	case err != nil:
		return Finding{}, errNoRedis // the check redis reports why
	case r.MaxBytes == 0:
		return warning("Redis has no maxmemory: it grows until the machine runs out of memory.", remedy), nil
	case !strings.HasPrefix(r.Policy, "allkeys-"):
		return warning(fmt.Sprintf("Redis rejects writes when it is full: its maxmemory-policy is %s.", r.Policy), remedy), nil
	default:
		return ok("Redis uses %d of %d MiB; its maxmemory-policy is %s.", r.UsedBytes>>20, r.MaxBytes>>20, r.Policy), nil
	}
}

// nodeSettingChecks returns the checks of a node's settings. They need no connection.
func (d *Doctor) nodeSettingChecks() []check {
	newCheck := func(name string, judge func() Finding) check {
		return check{name, func(context.Context) (Finding, error) { return judge(), nil }}
	}
	return []check{
		newCheck("AISLE_SECRET", d.checkSecret), newCheck("AISLE_ADMIN_ADDR", d.checkAdminAddr),
		newCheck("AISLE_CORS_ALLOWED_ORIGINS", d.checkOrigins),
		newCheck("AISLE_OPERATION_POLICY", d.checkOperationPolicy), newCheck("AISLE_DATABASE_URL", d.checkEncryption),
	}
}

func (d *Doctor) checkSecret() Finding {
	const minLen, minDifferent = 32, 12
	const remedy = "Create one with `openssl rand -base64 48`, and put it into use with `aisle keys rotate --replace`."
	different := map[byte]struct{}{}
	for _, b := range d.config.Secret {
		different[b] = struct{}{}
	}
	switch {
	case len(d.config.Secret) == 0:
		return warning("Not checked: the secret is missing.", "Set --secret (AISLE_SECRET) to the value of the nodes.")
	case len(d.config.Secret) < minLen:
		return critical("The secret is shorter than 32 characters: nodes do not start with it.", remedy)
	case len(different) < minDifferent:
		return critical("The secret is easy to guess: it has few different characters.", remedy)
	default:
		return ok("The secret is long enough and has enough different characters.")
	}
}

func (d *Doctor) checkAdminAddr() Finding {
	host, _, _ := net.SplitHostPort(d.config.AdminAddr)
	ip, err := netip.ParseAddr(host)
	const remedy = "Set it to an address of a private network or of this machine: metrics and profiles reveal internals."
	switch {
	case host == "" || err == nil && ip.IsUnspecified():
		return warning("The admin address is reachable on all networks of the machine.", remedy)
	case err == nil && !ip.IsLoopback() && !ip.IsPrivate():
		return critical("The admin address is public.", remedy)
	default:
		return ok("The admin address is reachable on %s only.", host)
	}
}

func (d *Doctor) checkOrigins() Finding {
	for _, origin := range d.config.AllowedOrigins {
		u, err := url.Parse(origin)
		if err != nil || strings.Contains(origin, "*") {
			return critical(fmt.Sprintf("Pages of every site may call the API: %s.", origin), "List the sites by name.")
		}
		if u.Scheme == "http" && u.Hostname() != "localhost" {
			return warning(fmt.Sprintf("Pages of %s may call the API, but the connection to that site is not encrypted.", origin),
				"Use https for that site.")
		}
	}
	return ok("Pages of %d other sites may call the API.", len(d.config.AllowedOrigins))
}

func (d *Doctor) checkOperationPolicy() Finding {
	if d.config.AllowsAnyDocument {
		return warning("Clients may send any document within the limits.",
			"When the operations of all apps are registered (`aisle operations register`), set AISLE_OPERATION_POLICY=registered.")
	}
	return ok("Clients may send registered operations only.")
}

// checkEncryption checks that the connection to PostgreSQL requires TLS.
func (d *Doctor) checkEncryption() Finding {
	plaintext, host, err := postgres.AllowsPlaintext(d.config.DatabaseURL)
	switch {
	case err != nil:
		return critical("AISLE_DATABASE_URL is invalid.", "Set it to postgres://user:password@host:5432/database.")
	case plaintext:
		return warning(fmt.Sprintf("The connection to PostgreSQL at %s may be unencrypted.", host), "Add sslmode=verify-full to the URL.")
	default:
		return ok("The connection to PostgreSQL is encrypted or local.")
	}
}
