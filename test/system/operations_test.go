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

// folder writes files, and answers the folder that they are in.
func folder(t *testing.T, files map[string]string) string {
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

const mine = "query Mine {\n  viewer { displayName }\n}\n"

func TestOperationsAreRegisteredListedAndForgotten(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	command := func(args ...string) (status int, out, notes string) {
		t.Helper()
		return run(t, append(append([]string{"operations"}, args...), "--database-url", databaseURL)...)
	}
	next := mine + "# a later version\n"

	_, first, _ := command("register", folder(t, map[string]string{"phone/Mine.graphql": mine, "desk/Mine.graphql": mine, "README.md": "none"}))
	_, again, notes := command("register", folder(t, map[string]string{"Mine.graphql": mine}), "--client", "phone")
	_, later, _ := command("register", folder(t, map[string]string{"Mine.graphql": next}), "--client", "phone")
	_, listed, _ := command("list")
	_, forgot, _ := command("forget", "phone", "Mine", "--hash", hashOf(mine)[:8])
	status, _, refused := command("forget", "phone", "Mine", "--hash", hashOf(mine))
	_, left, _ := command("list")

	for _, line := range []string{"registered  desk/Mine  " + hashOf(mine) + "\n", "registered  phone/Mine  " + hashOf(mine) + "\n"} {
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
		"desk/Mine  " + hashOf(mine), "phone/Mine  " + hashOf(mine), "phone/Mine  " + hashOf(next),
		"mobile/MobileHome  " + hashOf(document("MobileHome")) + "  part of this version",
	} {
		if !strings.Contains(listed, line) {
			t.Errorf("%s is not in the list:\n%s", line, listed)
		}
	}
	if forgot != "removed  phone/Mine  "+hashOf(mine)+"\n" || status != 1 || !strings.HasPrefix(refused, "aisle: phone/Mine is not registered") {
		t.Errorf("forgot: %s, then %d %s", forgot, status, refused)
	}
	if strings.Contains(left, "phone/Mine  "+hashOf(mine)) || !strings.Contains(left, "phone/Mine  "+hashOf(next)) {
		t.Errorf("left:\n%s", left)
	}
}

func TestNothingIsRegisteredWhenSomethingIsWrong(t *testing.T) {
	t.Parallel()
	databaseURL := pgtest.New(t)
	for name, c := range map[string]struct {
		files map[string]string
		args  []string
		want  []string
	}{
		"documents": {
			map[string]string{
				"phone/Mine.graphql": mine, "phone/Gone.graphql": "query Gone {\n  viewer {\n    shoeSize\n  }\n}\n",
				"desk/Broken.graphql": "query Broken {\n", "desk/Two.graphql": "query Two { viewer { id } } query Three { viewer { id } }",
			},
			nil,
			[]string{
				"nothing was registered", `phone/Gone.graphql:3: Cannot query field "shoeSize" on type "Viewer".`, "desk/Broken.graphql:2: ",
				"desk/Two.graphql: the file must hold one operation, named Two; it holds Two, Three",
			},
		},
		"a client":             {map[string]string{"Mine.graphql": mine}, []string{"--client", "a phone"}, []string{`Mine.graphql: invalid client name "a phone"`}},
		"no files":             {map[string]string{"README.md": mine}, nil, []string{"no operations found", "--client NAME"}},
		"no files of a client": {map[string]string{".git/Mine.graphql": mine}, []string{"--client", "phone"}, []string{"no operations found", "itself"}},
		"no folders":           {map[string]string{"Mine.graphql": mine}, nil, []string{"\nMine.graphql: misplaced file", "--client NAME"}},
		"files elsewhere": {
			map[string]string{"phone/Mine.graphql": mine, "phone/deep/Mine.graphql": mine, "Mine.graphql": mine, "desk/Mine.GQL": mine},
			nil,
			[]string{"\nMine.graphql: misplaced file", "\nphone/deep/Mine.graphql: misplaced file", "\ndesk/Mine.GQL: misplaced file"},
		},
		"a client's files elsewhere": {
			map[string]string{"Mine.graphql": mine, "phone/Mine.graphql": mine},
			[]string{"--client", "phone"},
			[]string{"\nphone/Mine.graphql: misplaced file", "itself, because --client is set"},
		},
	} {
		args := append([]string{"operations", "register", folder(t, c.files), "--database-url", databaseURL}, c.args...)

		status, out, notes := run(t, args...)

		if status != 1 || out != "" {
			t.Errorf("%s: status %d: %s", name, status, out)
		}
		for _, want := range c.want {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: %s is not told:\n%s", name, want, notes)
			}
		}
	}
	inside := folder(t, map[string]string{"Mine.graphql": mine})
	for path, want := range map[string]string{"nowhere": "no such file or directory", "Mine.graphql": "Mine.graphql is a file, not a directory"} {
		args := []string{"operations", "register", filepath.Join(inside, path), "--database-url", databaseURL}
		if status, _, notes := run(t, args...); status != 1 || !strings.Contains(notes, want) {
			t.Errorf("%s: status %d: %s", path, status, notes)
		}
	}
	if _, listed, _ := run(t, "operations", "list", "--database-url", databaseURL); strings.Contains(listed, "Mine") {
		t.Errorf("registered all the same:\n%s", listed)
	}
}

// asked sends a hash alone with GET, and answers the status and the body.
func (p *serveProcess) asked(t *testing.T, token, document string) (status int, body string) {
	t.Helper()
	return p.get(t, token, url.Values{"extensions": {extensionOf(document)}})
}

// hashOf returns the hash of a document in hex.
func hashOf(text string) string { return gqldocument.HashOf(text).String() }

// extensionOf says which document is meant, by its hash.
func extensionOf(document string) string {
	return `{"persistedQuery":{"version":1,"sha256Hash":"` + hashOf(document) + `"}}`
}

// get sends parameters with GET.
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

// Two nodes that serve learn what is registered and forgotten, and the contract's operations need no registering.
func TestNodesThatServeLearnWhatIsRegistered(t *testing.T) {
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
		_, body := n.asked(t, manager.token, mine)
		return strings.Contains(body, `"FORBIDDEN"`) && strings.Contains(n.ask(t, manager.token, mine), `"FORBIDDEN"`)
	}
	runs := func(n *serveProcess) bool {
		_, body := n.asked(t, manager.token, mine)
		return strings.Contains(body, `"displayName"`) && strings.Contains(n.ask(t, manager.token, mine), `"displayName"`)
	}

	if !all(refused)() {
		t.Error("what is not registered runs")
	}
	if got := nodes[0].ask(t, admin.token, mine+"# an administrator's"); !strings.Contains(got, `"displayName"`) {
		t.Errorf("an administrator's own: %s", got)
	}
	if _, body := nodes[1].asked(t, manager.token, document("Stores")); !strings.Contains(body, `"stores"`) {
		t.Errorf("the contract's: %s", body)
	}
	args := []string{"operations", "register", folder(t, map[string]string{"phone/Mine.graphql": mine}), "--database-url", databaseURL}
	if code, _, notes := run(t, args...); code != 0 {
		t.Fatal(notes)
	}
	eventually(t, "all nodes run what was registered", all(runs))
	if code, _, notes := run(t, "operations", "forget", "phone", "Mine", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	eventually(t, "all nodes refuse what was forgotten", all(refused))
	for _, n := range nodes {
		n.end(t)
	}
}

// A real Redis between two nodes, and then none.
func TestNodesShareDocumentsThroughRedisAndGoOnWithoutIt(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), startRedis(t)
	one, other := startNode(t, databaseURL, redis.url()), startNode(t, databaseURL, redis.url())
	manager := newCaller(t, one.api, "manager.1")
	if err := manager.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	teach := func(n *serveProcess, document string) string {
		_, body := n.get(t, manager.token, url.Values{"query": {document}, "extensions": {extensionOf(document)}})
		return body
	}

	_, unknown := other.asked(t, manager.token, mine)
	taught := teach(one, mine)
	status, known := other.asked(t, manager.token, mine)
	redis.kill()
	_, still := other.asked(t, manager.token, mine)
	_, unknownAgain := other.asked(t, manager.token, mine+"#")
	taughtAgain := teach(other, mine+"#")
	_, knownAgain := other.asked(t, manager.token, mine+"#")

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
	one.end(t)
	other.end(t)
}
