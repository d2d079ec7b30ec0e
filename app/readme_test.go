package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What the README says of serve's settings is what serve says.
func TestReadmeTellsTheSettingsOfServe(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, help, _ := run(t, "serve", "--help")
	told := map[string]bool{}
	row := regexp.MustCompile("(?m)^\\| `(--[a-z-]+)` \\| `(AISLE_[A-Z_]+)` \\| (?:`([^`]*)`)? ?\\|")
	for _, m := range row.FindAllStringSubmatch(string(readme), -1) {
		flag, variable, standard := m[1], m[2], m[3]
		told[flag] = true
		if !strings.Contains(help, "($"+variable+")") {
			t.Errorf("serve has no variable %s", variable)
		}
		if standard != "" && !regexp.MustCompile(flag+`="?`+regexp.QuoteMeta(standard)+`"?\s`).MatchString(help) {
			t.Errorf("the default of %s is not %s", flag, standard)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ +(--[a-z-]+)=`).FindAllStringSubmatch(help, -1) {
		if !told[m[1]] {
			t.Errorf("the README does not tell of %s", m[1])
		}
	}
}
