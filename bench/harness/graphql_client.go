package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"aisle/operations"
)

// StoreRef identifies a store, by its id and code in the API.
type StoreRef struct{ ID, Code string }

// Document returns the document of a registered operation. It panics if there is none with the name.
func Document(name string) string {
	for _, o := range operations.All() {
		if o.Name == name {
			return o.Document
		}
	}
	panic("unknown operation " + name)
}

// Execute executes an operation and decodes its data into the value that into points to. An error in the response is an
// error.
func (n *Node) Execute(ctx context.Context, token, document string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		return fmt.Errorf("create the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+n.API+"/graphql", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("create the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	httpResponse, err := n.Client.Do(request)
	if err != nil {
		return fmt.Errorf("send the request: %w", err)
	}
	defer httpResponse.Body.Close()
	response := struct {
		Data   any               `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}{Data: into}
	if err := json.NewDecoder(httpResponse.Body).Decode(&response); err != nil {
		return fmt.Errorf("decode the response: %w", err)
	}
	if len(response.Errors) > 0 {
		return fmt.Errorf("the response has the error %s", response.Errors[0])
	}
	return nil
}

// SignIn signs an account of the demo chain in. It returns the access token and the store of the account.
func (n *Node) SignIn(ctx context.Context, login string) (token string, store StoreRef, err error) {
	var data struct {
		SignIn struct {
			Session *struct{ AccessToken string }
			Viewer  struct{ Store StoreRef }
		}
	}
	input := map[string]any{"input": map[string]any{"login": login, "password": Password}}
	if err := n.Execute(ctx, "", Document("SignIn"), input, &data); err != nil {
		return "", StoreRef{}, err
	}
	if data.SignIn.Session == nil {
		return "", StoreRef{}, fmt.Errorf("%s cannot sign in: the response has no session", login)
	}
	return data.SignIn.Session.AccessToken, data.SignIn.Viewer.Store, nil
}

// Password is the password of all accounts of the demo chain.
const Password = "aisle-demo"
