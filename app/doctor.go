package app

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"strings"
	"time"

	"aisle/app/doctor"
	"aisle/app/settings"
	"aisle/store/redis"
)

// doctorCommand looks at a chain. It takes serve's settings, and all of them may be missing.
type doctorCommand struct {
	serveCommand

	Data     string        `default:".aisle" type:"path" placeholder:"DIR" help:"Folder of the aisle dev that is running: its database is used where --database-url is missing."`
	JSON     bool          `name:"json" help:"Write the findings as JSON."`
	Bundle   string        `type:"path" placeholder:"FILE.tar.gz" help:"Write what an incident review needs into an archive, with no secret in it: the findings, the node's metrics, goroutines and heap, what PostgreSQL does, its locks, its settings and Aisle's, the end of the log."`
	Log      string        `type:"path" placeholder:"FILE" help:"The node's log, whose end goes into the bundle."`
	Patience time.Duration `default:"5s" type:"duration" help:"How long each check may take."`
}

// Validate asks for nothing: what is missing is a finding.
func (c doctorCommand) Validate() error { return nil }

// verdict is an exit status that is no failure of the command.
type verdict int

// Error names it.
func (v verdict) Error() string { return fmt.Sprintf("exit status %d", int(v)) }

// Run examines and writes what was found.
func (c doctorCommand) Run(ctx context.Context, t Terminal) error {
	if c.DatabaseURL == "" {
		url, err := database{Data: c.Data}.url()
		if err != nil {
			return err
		}
		c.DatabaseURL = url
		if secret, err := os.ReadFile(secretFile(c.Data)); err == nil && c.Secret == "" {
			c.Secret = string(secret)
		}
	}
	redis.SetLogger(slog.New(slog.DiscardHandler)) // what is wrong with Redis is a finding
	d := doctor.New(ctx, doctor.Config{
		DatabaseURL: c.DatabaseURL, ReplicaURLs: c.ReplicaURLs, RedisURL: c.RedisURL, Secret: []byte(c.Secret),
		AdminAddr: c.AdminAddr, Conns: int(c.DatabaseMaxConns),
		AccessTTL: c.AccessTTL, Origins: c.CORSAllowedOrigins, AnyDocument: c.OperationPolicy == settings.PolicyOpen, Patience: c.Patience, Now: time.Now,
	})
	defer d.Close()
	found := d.Examine(ctx)
	if err := c.write(t, found); err != nil {
		return err
	}
	if c.Bundle != "" {
		if err := c.bundle(ctx, d, found); err != nil {
			return err
		}
		t.notef("The bundle is in %s.", c.Bundle)
	}
	switch doctor.Worst(found) {
	case doctor.Warning:
		return verdict(1)
	case doctor.Fault:
		return verdict(2)
	default:
		return nil
	}
}

func (c doctorCommand) write(t Terminal, found []doctor.Finding) error {
	if c.JSON {
		return doctor.WriteJSON(t.Out, found)
	}
	return doctor.WriteTable(t.Out, found)
}

// bundle writes the archive, for this user alone.
func (c doctorCommand) bundle(ctx context.Context, d *doctor.Doctor, found []doctor.Finding) (err error) {
	file, err := os.OpenFile(c.Bundle, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fs.FileMode(0o600))
	if err != nil {
		return fmt.Errorf("make the bundle (--bundle): %w", err)
	}
	err = d.WriteBundle(ctx, file, doctor.Evidence{
		Findings: found, Settings: public(reflect.ValueOf(c.serveCommand)), LogFile: c.Log, Version: version(),
	})
	if closing := file.Close(); err == nil && closing != nil {
		err = fmt.Errorf("write the bundle: %w", closing)
	}
	return err
}

// public are settings by their variables, as they can be shown to anybody.
func public(settings reflect.Value) map[string]string {
	all := map[string]string{}
	for i := range settings.NumField() {
		field, value := settings.Type().Field(i), settings.Field(i)
		if field.Anonymous {
			maps.Copy(all, public(value))
			continue
		}
		name := field.Tag.Get("env")
		switch {
		case name == "":
		case strings.HasSuffix(name, "_SECRET"):
			all[name] = fmt.Sprintf("%d characters", value.Len())
		default:
			all[name] = fmt.Sprint(value.Interface())
		}
	}
	return all
}
