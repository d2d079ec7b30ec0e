package system_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// alerts matches the rule files.
const alerts = "../../deploy/prometheus/*.rules.yml"

// program returns the path of a program. It skips the test if the program is not installed.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	return path
}

// files returns the files that match a pattern. It fails if there are none.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return found
}

// prometheus is a Prometheus server that scrapes a node each half second and has the rules of deploy/.
type prometheus struct{ url string }

func startPrometheus(t *testing.T, node *serveProcess) prometheus {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(alerts)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`
global: { scrape_interval: 500ms, evaluation_interval: 500ms }
rule_files: [%q]
scrape_configs: [{ job_name: aisle, static_configs: [{ targets: [%q] }] }]
`, rules, strings.TrimPrefix(node.admin, "http://"))
	if err := os.WriteFile(filepath.Join(dir, "prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	command := exec.CommandContext(t.Context(), program(t, "prometheus"), "--config.file="+filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=error")
	command.Stderr = t.Output()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	p := prometheus{"http://" + address}
	eventually(t, "Prometheus is ready", func() bool { return status(t, p.url+"/-/ready") == http.StatusOK })
	return p
}

// get sends a request to the API of Prometheus. An error of the query is returned.
func (p prometheus) get(t *testing.T, path string, query url.Values, into any) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Error string          `json:"error"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Error != "" {
		return fmt.Errorf("%s", answer.Error)
	}
	return json.Unmarshal(answer.Data, into)
}

// results returns how many series a query returns.
func (p prometheus) results(t *testing.T, query string) (int, error) {
	t.Helper()
	var data struct {
		Result []json.RawMessage `json:"result"`
	}
	err := p.get(t, "/api/v1/query", url.Values{"query": {query}}, &data)
	return len(data.Result), err
}

// A rule is an alert, as the API of Prometheus returns it.
type rule struct {
	Name      string `json:"name"`
	Query     string `json:"query"`
	Health    string `json:"health"`
	LastError string `json:"lastError"`
}

func (p prometheus) rules(t *testing.T) (list []rule) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []rule `json:"rules"`
		} `json:"groups"`
	}
	if err := p.get(t, "/api/v1/rules", nil, &data); err != nil {
		t.Fatal(err)
	}
	for _, group := range data.Groups {
		list = append(list, group.Rules...)
	}
	return list
}

// A dashboard has the fields of a Grafana dashboard that the tests check.
type dashboard struct {
	file       string
	UID        string `json:"uid"`
	Templating struct {
		List []struct {
			Name string `json:"name"`
		} `json:"list"`
	} `json:"templating"`
	Panels []struct {
		Type        string `json:"type"`
		Title       string `json:"title"`
		Description string `json:"description"`
		FieldConfig struct {
			Defaults struct {
				Unit string `json:"unit"`
			} `json:"defaults"`
		} `json:"fieldConfig"`
		Datasource struct {
			UID string `json:"uid"`
		} `json:"datasource"`
		Targets []struct {
			Expr string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
}

func dashboards(t *testing.T) (list []dashboard) {
	t.Helper()
	for _, file := range files(t, "../../deploy/grafana/*.json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dashboard{file: filepath.Base(file)}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, d)
	}
	return list
}

// queries returns the queries of all panels, by panel, with Grafana's variables replaced.
func queries(list []dashboard) map[string]string {
	fill := strings.NewReplacer("$job", ".+", "$instance", ".+", "$__rate_interval", "1m")
	all := map[string]string{}
	for _, d := range list {
		for i, p := range d.Panels {
			for n, target := range p.Targets {
				all[fmt.Sprintf("%s, panel %d.%d (%s)", d.file, i, n, p.Title)] = fill.Replace(target.Expr)
			}
		}
	}
	return all
}

func TestDashboardsAreOnePerLevelAndEachPanelExplainsItself(t *testing.T) {
	t.Parallel()
	list := dashboards(t)
	var names []string
	for _, d := range list {
		names = append(names, d.file)
		for _, want := range []string{"datasource", "job", "instance"} {
			if !slices.ContainsFunc(d.Templating.List, func(v struct {
				Name string `json:"name"`
			},
			) bool {
				return v.Name == want
			}) {
				t.Errorf("%s has no variable %s", d.file, want)
			}
		}
		for _, p := range d.Panels {
			if p.Title == "" || p.Type != "row" && (p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}") {
				t.Errorf("%s: the panel %q has no title, unit, description, query or data source: %+v", d.file, p.Title, p)
			}
		}
	}
	if want := []string{"api.json", "business.json", "clients.json", "workflow.json"}; !slices.Equal(names, want) {
		t.Errorf("there are %v, want %v", names, want)
	}
}

// Each alert has a promtool unit test in which it fires and one in which it does not.
func TestAlertRulesPassPromtool(t *testing.T) {
	t.Parallel()
	for what, patterns := range map[string]string{"rules": alerts, "config": "../../deploy/prometheus/prometheus.yml"} {
		if out, err := exec.CommandContext(t.Context(), program(t, "promtool"), append([]string{"check", what}, files(t, patterns)...)...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	tests := files(t, "../../deploy/prometheus/tests/*.test.yml")
	if out, err := exec.CommandContext(t.Context(), program(t, "promtool"), append([]string{"test", "rules"}, tests...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var tested strings.Builder
	for _, file := range tests {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tested.Write(text)
	}
	for _, a := range alertsInFiles(t) {
		for _, want := range []string{a.name + " fires", a.name + " does not fire"} {
			if !strings.Contains(tested.String(), want) {
				t.Errorf("no promtool test is named %q", want)
			}
		}
	}
}

// A writtenAlert is an alert in a rule file.
type writtenAlert struct{ name, text, severity, summary, page string }

func alertsInFiles(t *testing.T) (list []writtenAlert) {
	t.Helper()
	form := regexp.MustCompile(`(?s)^ (\w+)\n.*severity: (\w+).*summary: "(.+?)"\n.*runbook_url: "\{\{ \$externalLabels\.runbooks \}\}/([a-z-]+\.md)"`)
	for _, file := range files(t, alerts) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "- alert:")[1:] {
			m := form.FindStringSubmatch(part)
			if m == nil {
				t.Errorf("%s has an alert without a severity, a summary or a page:%s", file, part)
				continue
			}
			list = append(list, writtenAlert{m[1], part, m[2], m[3], m[4]})
		}
	}
	return list
}

func TestEachAlertHasAPageAndEachPageAnAlert(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile("../../docs/runbooks/README.md")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"README.md": true}
	for _, a := range alertsInFiles(t) {
		used[a.page] = true
		page, err := os.ReadFile("../../docs/runbooks/" + a.page)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
			continue
		}
		for _, part := range []string{"Meaning", "Impact", "Diagnosis", "Mitigation", "Prevention"} {
			if !strings.Contains(string(page), "\n## "+part+"\n") {
				t.Errorf("%s does not say %q", a.page, part)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, a.severity) {
			t.Errorf("%s has the severity %s", a.name, a.severity)
		}
		if !regexp.MustCompile(`(?m)^\| ` + a.name + ` \| ` + a.severity + ` \| \[[^]]+\]\(` + a.page + `\) \|$`).Match(index) {
			t.Errorf("the list of runbooks does not have %s, %s, with %s", a.name, a.severity, a.page)
		}
	}
	links := regexp.MustCompile(`\]\(([a-z-]+\.md)\)`)
	for _, file := range files(t, "../../docs/runbooks/*.md") {
		if !used[filepath.Base(file)] {
			t.Errorf("no alert links to %s", file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links.FindAllStringSubmatch(string(text), -1) {
			if !used[link[1]] {
				t.Errorf("%s links to %s, which does not exist", file, link[1])
			}
		}
	}
}

// prometheusTimeout is how long a test waits for Prometheus to scrape a node.
const prometheusTimeout = 60 * time.Second
