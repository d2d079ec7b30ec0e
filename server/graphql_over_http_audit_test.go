package server_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
)

func TestTheGraphQLOverHTTPAuditPasses(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("node is not installed: the audit of GraphQL over HTTP does not run")
	}
	srv := newTestServer(t, nil, func(c *config) { c.Dev = true })
	listening := httptest.NewServer(srv.Handler())
	defer listening.Close()

	output, err := exec.CommandContext(t.Context(), "node", "../e2e/audit.mjs", listening.URL+"/graphql").CombinedOutput()
	if err != nil {
		t.Errorf("%v (are the packages installed? npm --prefix e2e ci)\n%s", err, output)
	}
	t.Logf("%s", output)
}
