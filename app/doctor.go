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

// doctorCommand checks a chain. It takes the settings of serve, all of which are optional.
type doctorCommand struct {
	serveCommand

	Data    string        `default:".aisle" type:"path" placeholder:"DIR" help:"Data folder of a running aisle dev, whose database is used if --database-url is missing."`
	JSON    bool          `name:"json" help:"Write the findings as JSON."`
	Bundle  string        `type:"path" placeholder:"FILE.tar.gz" help:"Write an archive for an incident review: the findings, the metrics, goroutines and heap of the node, activity, locks and settings of PostgreSQL, the settings of Aisle, and the end of the log. Secrets are redacted."`
	Log     string        `type:"path" placeholder:"FILE" help:"Log file of the node. Its end is added to the bundle."`
	Timeout time.Duration `default:"5s" type:"duration" help:"Timeout of each check."`
}

// Validate requires nothing: a missing setting is a finding.
func (c doctorCommand) Validate() error { return nil }

// An exitError sets the exit status. The command prints no message for it.
type exitError int

// Error returns the status as text.
func (v exitError) Error() string { return fmt.Sprintf("exit status %d", int(v)) }

// Run runs the checks and writes the findings.
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
	redis.SetLogger(slog.New(slog.DiscardHandler)) // errors of Redis are findings
	d := doctor.New(ctx, doctor.Config{
		DatabaseURL: c.DatabaseURL, ReplicaURLs: c.ReplicaURLs, RedisURL: c.RedisURL, Secret: []byte(c.Secret),
		AdminAddr: c.AdminAddr, MaxConns: int(c.DatabaseMaxConns),
		AccessTTL: c.AccessTTL, AllowedOrigins: c.CORSAllowedOrigins, AllowsAnyDocument: c.OperationPolicy == settings.PolicyOpen,
		Timeout: c.Timeout, Now: time.Now,
	})
	defer d.Close()
	findings := d.Run(ctx)
	if err := c.write(t, findings); err != nil {
		return err
	}
	if c.Bundle != "" {
		if err := c.bundle(ctx, d, findings); err != nil {
			return err
		}
		t.notef("Wrote %s.", c.Bundle)
	}
	switch doctor.Worst(findings) {
	case doctor.Warning:
		return exitError(1)
	case doctor.Critical:
		return exitError(2)
	default:
		return nil
	}
}

func (c doctorCommand) write(t Terminal, findings []doctor.Finding) error {
	if c.JSON {
		return doctor.WriteJSON(t.Out, findings)
	}
	return doctor.WriteTable(t.Out, findings)
}

// bundle writes the archive. Only this user can read it.
func (c doctorCommand) bundle(ctx context.Context, d *doctor.Doctor, findings []doctor.Finding) (err error) {
	file, err := os.OpenFile(c.Bundle, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fs.FileMode(0o600))
	if err != nil {
		return fmt.Errorf("create the bundle (--bundle): %w", err)
	}
	err = d.WriteBundle(ctx, file, doctor.BundleContents{
		Findings: findings, Settings: publicSettings(reflect.ValueOf(c.serveCommand)), LogFile: c.Log, Version: version(),
	})
	if closing := file.Close(); err == nil && closing != nil {
		err = fmt.Errorf("write the bundle: %w", closing)
	}
	return err
}

// publicSettings returns settings by their variables. For secrets, it returns only the length.
func publicSettings(values reflect.Value) map[string]string {
	all := map[string]string{}
	for i := range values.NumField() {
		field, value := values.Type().Field(i), values.Field(i)
		if field.Anonymous {
			maps.Copy(all, publicSettings(value))
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
