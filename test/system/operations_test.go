package system_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aisle/app/localpg/pgtest"
	gqldocument "aisle/gateway/document"
)

// writeFiles writes files into a temporary folder and returns the folder.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const viewerDocument = "query Mine {\n  viewer { displayName }\n}\n"

func TestOperationsAreRegisteredListedAndRemoved(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	command := func(args ...string) (status int, out, notes string) {
		t.Helper()
		return run(t, append(append([]string{"operations"}, args...), "--database-url", databaseURL)...)
	}
	next := viewerDocument + "# a later version\n"

	_, first, _ := command("register", writeFiles(t, map[string]string{"phone/Mine.graphql": viewerDocument, "desk/Mine.graphql": viewerDocument, "README.md": "none"}))
	_, again, notes := command("register", writeFiles(t, map[string]string{"Mine.graphql": viewerDocument}), "--client", "phone")
	_, later, _ := command("register", writeFiles(t, map[string]string{"Mine.graphql": next}), "--client", "phone")
	_, listed, _ := command("list")
	_, forgot, _ := command("forget", "phone", "Mine", "--hash", hashOf(viewerDocument)[:8])
	status, _, refused := command("forget", "phone", "Mine", "--hash", hashOf(viewerDocument))
	_, left, _ := command("list")

	for _, line := range []string{"registered  desk/Mine  " + hashOf(viewerDocument) + "\n", "registered  phone/Mine  " + hashOf(viewerDocument) + "\n"} {
		if !strings.Contains(first, line) {
			t.Errorf("registered: %s", first)
		}
	}
	if again != "" || !strings.Contains(notes, "0 of 1 operations are new.") {
		t.Errorf("again: %s%s", again, notes)
	}
	if later != "registered  phone/Mine  "+hashOf(next)+"\n" {
		t.Errorf("another version: %s", later)
	}
	for _, line := range []string{
		"desk/Mine  " + hashOf(viewerDocument), "phone/Mine  " + hashOf(viewerDocument), "phone/Mine  " + hashOf(next),
		"mobile/MobileHome  " + hashOf(document("MobileHome")) + "  part of this version",
	} {
		if !strings.Contains(listed, line) {
			t.Errorf("%s is not in the list:\n%s", line, listed)
		}
	}
	if forgot != "removed  phone/Mine  "+hashOf(viewerDocument)+"\n" || status != 1 || !strings.HasPrefix(refused, "aisle: phone/Mine is not registered") {
		t.Errorf("removed: %s, then status %d %s", forgot, status, refused)
	}
	if strings.Contains(left, "phone/Mine  "+hashOf(viewerDocument)) || !strings.Contains(left, "phone/Mine  "+hashOf(next)) {
		t.Errorf("left:\n%s", left)
	}
}

func TestInvalidOperationsAreNotRegistered(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	for name, c := range map[string]struct {
		files map[string]string
		args  []string
		want  []string
	}{
		"documents": {
			map[string]string{
				"phone/Mine.graphql": viewerDocument, "phone/Gone.graphql": "query Gone {\n  viewer {\n    shoeSize\n  }\n}\n",
				"desk/Broken.graphql": "query Broken {\n", "desk/Two.graphql": "query Two { viewer { id } } query Three { viewer { id } }",
			},
			nil,
			[]string{
				"nothing was registered", `phone/Gone.graphql:3: Cannot query field "shoeSize" on type "Viewer".`, "desk/Broken.graphql:2: ",
				"desk/Two.graphql: the file must hold one operation, named Two; it holds Two, Three",
			},
		},
		"a client":             {map[string]string{"Mine.graphql": viewerDocument}, []string{"--client", "a phone"}, []string{`Mine.graphql: invalid client name "a phone"`}},
		"no files":             {map[string]string{"README.md": viewerDocument}, nil, []string{"no operations found", "--client NAME"}},
		"no files of a client": {map[string]string{".git/Mine.graphql": viewerDocument}, []string{"--client", "phone"}, []string{"no operations found", "itself"}},
		"no folders":           {map[string]string{"Mine.graphql": viewerDocument}, nil, []string{"\nMine.graphql: misplaced file", "--client NAME"}},
		"files elsewhere": {
			map[string]string{"phone/Mine.graphql": viewerDocument, "phone/deep/Mine.graphql": viewerDocument, "Mine.graphql": viewerDocument, "desk/Mine.GQL": viewerDocument},
			nil,
			[]string{"\nMine.graphql: misplaced file", "\nphone/deep/Mine.graphql: misplaced file", "\ndesk/Mine.GQL: misplaced file"},
		},
		"a client's files elsewhere": {
			map[string]string{"Mine.graphql": viewerDocument, "phone/Mine.graphql": viewerDocument},
			[]string{"--client", "phone"},
			[]string{"\nphone/Mine.graphql: misplaced file", "itself, because --client is set"},
		},
	} {
		args := append([]string{"operations", "register", writeFiles(t, c.files), "--database-url", databaseURL}, c.args...)

		status, out, notes := run(t, args...)

		if status != 1 || out != "" {
			t.Errorf("%s: status %d: %s", name, status, out)
		}
		for _, want := range c.want {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: the output does not have %s:\n%s", name, want, notes)
			}
		}
	}
	inside := writeFiles(t, map[string]string{"Mine.graphql": viewerDocument})
	for path, want := range map[string]string{"nowhere": "no such file or directory", "Mine.graphql": "Mine.graphql is a file, not a directory"} {
		args := []string{"operations", "register", filepath.Join(inside, path), "--database-url", databaseURL}
		if status, _, notes := run(t, args...); status != 1 || !strings.Contains(notes, want) {
			t.Errorf("%s: status %d: %s", path, status, notes)
		}
	}
	if _, listed, _ := run(t, "operations", "list", "--database-url", databaseURL); strings.Contains(listed, "Mine") {
		t.Errorf("an operation was registered:\n%s", listed)
	}
}

// sendHash sends only the hash of a document by GET, and returns the status and the body.
func (p *serveProcess) sendHash(t *testing.T, token, document string) (status int, body string) {
	t.Helper()
	return p.get(t, token, url.Values{"extensions": {persistedQueryExtension(document)}})
}

// hashOf returns the hash of a document in hex.
func hashOf(text string) string { return gqldocument.HashOf(text).String() }

// persistedQueryExtension returns the extensions parameter with the hash of a document.
func persistedQueryExtension(document string) string {
	return `{"persistedQuery":{"version":1,"sha256Hash":"` + hashOf(document) + `"}}`
}

// get sends a GET request with parameters.
func (p *serveProcess) get(t *testing.T, token string, values url.Values) (status int, body string) {
	t.Helper()
	address := p.api + "/graphql?" + values.Encode()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// Running nodes notice registered and removed operations. The operations of operations/ need no registration.
func TestRunningNodesNoticeRegisteredOperations(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), redisServer(t)
	nodes := []*serveProcess{
		startNode(t, databaseURL, redis, "AISLE_OPERATION_POLICY=registered"), startNode(t, databaseURL, redis, "AISLE_OPERATION_POLICY=registered"),
	}
	manager, admin := newCaller(t, nodes[0].api, "manager.1"), newCaller(t, nodes[1].api, "admin")
	for _, c := range []*caller{manager, admin} {
		if err := c.signIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := func(so func(n *serveProcess) bool) func() bool {
		return func() bool { return so(nodes[0]) && so(nodes[1]) }
	}
	refused := func(n *serveProcess) bool {
		_, body := n.sendHash(t, manager.token, viewerDocument)
		return strings.Contains(body, `"FORBIDDEN"`) && strings.Contains(n.ask(t, manager.token, viewerDocument), `"FORBIDDEN"`)
	}
	runs := func(n *serveProcess) bool {
		_, body := n.sendHash(t, manager.token, viewerDocument)
		return strings.Contains(body, `"displayName"`) && strings.Contains(n.ask(t, manager.token, viewerDocument), `"displayName"`)
	}

	if !all(refused)() {
		t.Error("an unregistered operation runs")
	}
	if got := nodes[0].ask(t, admin.token, viewerDocument+"# an administrator's"); !strings.Contains(got, `"displayName"`) {
		t.Errorf("an administrator's unregistered operation: %s", got)
	}
	if _, body := nodes[1].sendHash(t, manager.token, document("Stores")); !strings.Contains(body, `"stores"`) {
		t.Errorf("an operation of operations/: %s", body)
	}
	args := []string{"operations", "register", writeFiles(t, map[string]string{"phone/Mine.graphql": viewerDocument}), "--database-url", databaseURL}
	if code, _, notes := run(t, args...); code != 0 {
		t.Fatal(notes)
	}
	eventually(t, "all nodes run the registered operation", all(runs))
	if code, _, notes := run(t, "operations", "forget", "phone", "Mine", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	eventually(t, "all nodes reject the removed operation", all(refused))
	for _, n := range nodes {
		n.stop(t)
	}
}

// The nodes share documents through Redis, and also work when it is gone.
func TestNodesShareDocumentsThroughRedis(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), startRedis(t)
	one, other := startNode(t, databaseURL, redis.url()), startNode(t, databaseURL, redis.url())
	manager := newCaller(t, one.api, "manager.1")
	if err := manager.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	teach := func(n *serveProcess, document string) string {
		_, body := n.get(t, manager.token, url.Values{"query": {document}, "extensions": {persistedQueryExtension(document)}})
		return body
	}

	_, unknown := other.sendHash(t, manager.token, viewerDocument)
	taught := teach(one, viewerDocument)
	status, known := other.sendHash(t, manager.token, viewerDocument)
	redis.kill()
	_, still := other.sendHash(t, manager.token, viewerDocument)
	_, unknownAgain := other.sendHash(t, manager.token, viewerDocument+"#")
	taughtAgain := teach(other, viewerDocument+"#")
	_, knownAgain := other.sendHash(t, manager.token, viewerDocument+"#")

	for what, body := range map[string]string{"unknown": unknown, "unknown without Redis": unknownAgain} {
		if !strings.Contains(body, `"PersistedQueryNotFound"`) {
			t.Errorf("%s: %s", what, body)
		}
	}
	for what, body := range map[string]string{
		"taught": taught, "known": known, "still known": still, "taught without Redis": taughtAgain, "known without Redis": knownAgain,
	} {
		if !strings.Contains(body, `"displayName"`) || status != http.StatusOK {
			t.Errorf("%s: %s", what, body)
		}
	}
	one.stop(t)
	other.stop(t)
}
