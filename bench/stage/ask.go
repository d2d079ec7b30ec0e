package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"aisle/operations"
)

// Shop is a store, as clients see it.
type Shop struct{ ID, Code string }

// Document is an operation's of the clients.
func Document(name string) string {
	for _, o := range operations.All() {
		if o.Name == name {
			return o.Document
		}
	}
	panic("there is no operation " + name)
}

// Ask runs an operation.
func (n *Node) Ask(ctx context.Context, token, document string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.API+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := n.Client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	answer := struct {
		Data   any               `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}{Data: into}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(answer.Errors) > 0 {
		return fmt.Errorf("the server answered %s", answer.Errors[0])
	}
	return nil
}

// SignIn signs an account of the demo chain in.
func (n *Node) SignIn(ctx context.Context, login string) (token string, at Shop, err error) {
	var answer struct {
		SignIn struct {
			Session *struct{ AccessToken string }
			Viewer  struct{ Store Shop }
		}
	}
	input := map[string]any{"input": map[string]any{"login": login, "password": Password}}
	if err := n.Ask(ctx, "", Document("SignIn"), input, &answer); err != nil {
		return "", Shop{}, err
	}
	if answer.SignIn.Session == nil {
		return "", Shop{}, fmt.Errorf("%s cannot sign in", login)
	}
	return answer.SignIn.Session.AccessToken, answer.SignIn.Viewer.Store, nil
}

// Password is that of all accounts of the demo chain.
const Password = "aisle-demo"
