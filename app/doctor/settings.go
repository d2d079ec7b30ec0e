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

// smell is a setting of PostgreSQL, and what is wrong with some of its values.
type smell struct {
	setting string
	judge   func(value string) Finding
}

// smells are the settings of PostgreSQL that are looked at.
func smells() []smell {
	return []smell{
		{"fsync", func(v string) Finding {
			if v == "off" {
				return fault("fsync is off: a crash of the machine destroys the database.", "Set fsync = on.")
			}
			return ok("fsync is on.")
		}},
		{"full_page_writes", func(v string) Finding {
			if v == "off" {
				return fault("full_page_writes is off: a crash of the machine can destroy pages.", "Set full_page_writes = on.")
			}
			return ok("full_page_writes is on.")
		}},
		{"synchronous_commit", func(v string) Finding {
			if v == "off" {
				return warn("synchronous_commit is off: a crash of PostgreSQL loses changes that clients were told are done.",
					"Set synchronous_commit = on.")
			}
			return ok("synchronous_commit is %s.", v)
		}},
		{"random_page_cost", func(v string) Finding {
			if cost, err := strconv.ParseFloat(v, 64); err == nil && cost > 2 {
				return warn(fmt.Sprintf("random_page_cost is %s, as for spinning disks.", v), "Set random_page_cost = 1.1 when the disk is an SSD.")
			}
			return ok("random_page_cost is %s.", v)
		}},
		{"shared_buffers", func(v string) Finding {
			const little, page = 16384, 8 // 128 MiB, in pages of 8 KiB
			if pages, err := strconv.ParseInt(v, 10, 64); err == nil && pages <= little {
				return warn(fmt.Sprintf("shared_buffers is %d MiB, the default or less.", pages*page>>10),
					"Set shared_buffers to a quarter of the machine's memory.")
			}
			return ok("shared_buffers is larger than the default.")
		}},
		{"statement_timeout", func(v string) Finding {
			if v == "0" {
				return warn("The role has no statement_timeout of its own: behind a pooler, and for people with psql, a statement runs for ever.",
					"ALTER ROLE ... SET statement_timeout = '10s'.")
			}
			return ok("The role's statement_timeout is %s ms.", v)
		}},
		{"idle_in_transaction_session_timeout", func(v string) Finding {
			if v == "0" {
				return warn("idle_in_transaction_session_timeout is off: who forgets a transaction holds back the log of events and vacuum.",
					"ALTER ROLE ... SET idle_in_transaction_session_timeout = '60s', for people's roles above all.")
			}
			return ok("idle_in_transaction_session_timeout is %s ms.", v)
		}},
		{"autovacuum", func(v string) Finding {
			if v == "off" {
				return fault("autovacuum is off.", "Set autovacuum = on.")
			}
			return ok("autovacuum is on.")
		}},
	}
}

// settingChecks are a check for each setting of PostgreSQL.
func (d *Doctor) settingChecks() []check {
	list := make([]check, 0, len(smells()))
	for _, s := range smells() {
		list = append(list, check{s.setting, d.onDatabase(func(ctx context.Context, db store.DB) (Finding, error) {
			values, err := pgstats.ReadSettings(ctx, db, s.setting)
			if err != nil {
				return Finding{}, err
			}
			return s.judge(values[s.setting]), nil
		})})
	}
	return list
}

// redisMemory sees whether Redis forgets what is old when it is full.
func (d *Doctor) redisMemory(ctx context.Context) (Finding, error) {
	if d.redis == nil {
		return Finding{}, errNoRedis
	}
	r, err := pgstats.ReadRedisInfo(ctx, d.redis)
	const remedy = "Set maxmemory, and maxmemory-policy allkeys-lru: all that is in it can be read again from PostgreSQL."
	switch {
	case err != nil:
		return Finding{}, errNoRedis // why is told by the check redis
	case r.MaxBytes == 0:
		return warn("Redis has no maxmemory: it grows until the machine has none left.", remedy), nil
	case !strings.HasPrefix(r.Policy, "allkeys-"):
		return warn(fmt.Sprintf("Redis refuses writes when it is full: its maxmemory-policy is %s.", r.Policy), remedy), nil
	default:
		return ok("Redis has %d of %d MiB, and then %s.", r.UsedBytes>>20, r.MaxBytes>>20, r.Policy), nil
	}
}

// ownSettings are checks of Aisle's settings, which need nobody's answer.
func (d *Doctor) ownSettings() []check {
	own := func(name string, judge func() Finding) check {
		return check{name, func(context.Context) (Finding, error) { return judge(), nil }}
	}
	return []check{
		own("AISLE_SECRET", d.secret), own("AISLE_ADMIN_ADDR", d.adminPort), own("AISLE_CORS_ALLOWED_ORIGINS", d.origins),
		own("AISLE_OPERATION_POLICY", d.operations), own("AISLE_DATABASE_URL", d.encryption),
	}
}

func (d *Doctor) secret() Finding {
	const shortest, fewest = 32, 12
	const remedy = "Make one with `openssl rand -base64 48`; `aisle keys rotate --replace` takes it into use."
	different := map[byte]struct{}{}
	for _, b := range d.config.Secret {
		different[b] = struct{}{}
	}
	switch {
	case len(d.config.Secret) == 0:
		return warn("Not checked: no secret was given.", "Give the nodes' AISLE_SECRET.")
	case len(d.config.Secret) < shortest:
		return fault("The secret is shorter than 32 characters: no node starts with it.", remedy)
	case len(different) < fewest:
		return fault("The secret can be guessed: it has few different characters.", remedy)
	default:
		return ok("The secret is long and varied enough.")
	}
}

func (d *Doctor) adminPort() Finding {
	host, _, _ := net.SplitHostPort(d.config.AdminAddr)
	ip, err := netip.ParseAddr(host)
	const remedy = "Give an address of a private network, or of this machine: profiles and metrics tell much."
	switch {
	case host == "" || err == nil && ip.IsUnspecified():
		return warn("The admin port is open on all networks of the machine.", remedy)
	case err == nil && !ip.IsLoopback() && !ip.IsPrivate():
		return fault("The admin port is open on a public address.", remedy)
	default:
		return ok("The admin port is open on %s alone.", host)
	}
}

func (d *Doctor) origins() Finding {
	for _, origin := range d.config.Origins {
		u, err := url.Parse(origin)
		if err != nil || strings.Contains(origin, "*") {
			return fault(fmt.Sprintf("Pages of every site may use the API: %s.", origin), "Name the sites.")
		}
		if u.Scheme == "http" && u.Hostname() != "localhost" {
			return warn(fmt.Sprintf("Pages of %s may use the API, which anybody on the way can change.", origin), "Use https there.")
		}
	}
	return ok("Pages of %d other sites may use the API.", len(d.config.Origins))
}

func (d *Doctor) operations() Finding {
	if d.config.AnyDocument {
		return warn("Clients may send any document within the limits.",
			"When all apps are registered (`aisle operations register`), set AISLE_OPERATION_POLICY=registered.")
	}
	return ok("Clients may send what is registered.")
}

// encryption sees whether the way to PostgreSQL can be read.
func (d *Doctor) encryption() Finding {
	open, host, err := postgres.AllowsPlaintext(d.config.DatabaseURL)
	switch {
	case err != nil:
		return fault("AISLE_DATABASE_URL cannot be read.", "It looks like postgres://user:password@host:5432/database.")
	case open:
		return warn(fmt.Sprintf("The connection to PostgreSQL at %s may be without TLS.", host), "Add sslmode=verify-full to the URL.")
	default:
		return ok("The connection to PostgreSQL is encrypted, or leaves no machine.")
	}
}
