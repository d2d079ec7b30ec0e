package app

import (
	"runtime"
	"runtime/debug"
)

// release is the version in the changelog that this binary is, or that it grows towards.
const release = "0.1.0"

// version is the release, with the commit that it was built from where the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return release + "+" + s.Value[:12]
		}
	}
	return release
}

// versionCommand prints the version.
type versionCommand struct{}

// Run prints it.
func (versionCommand) Run(t Terminal) error {
	t.answerf("aisle %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
