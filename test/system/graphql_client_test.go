package system_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"aisle/operations"
)

// document returns the registered operation of a name.
func document(name string) string {
	all := operations.All()
	return all[slices.IndexFunc(all, func(o operations.Operation) bool { return o.Name == name })].Document
}

// input is an input object or the variables of an operation.
type input map[string]any

// A caller is a client that signs in and sends operations over HTTP.
type caller struct {
	url, login string
	client     *http.Client
	token      string
	failures   []error       // of failed attempts; read it only when the caller is idle
	sent       *atomic.Int64 // counts attempts, also failed ones; nil counts nothing
}

func newCaller(t *testing.T, url, login string) *caller {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &caller{url: url, login: login, client: client}
}

// An apiError is a GraphQL error of a response.
type apiError struct {
	Message    string `json:"message"`
	Extensions struct {
		Code string `json:"code"`
	} `json:"extensions"`
}

func (e *apiError) Error() string { return e.Extensions.Code + ": " + e.Message }

// isRetryable reports whether another attempt can succeed.
func (e *apiError) isRetryable() bool {
	return slices.Contains([]string{"UNAUTHENTICATED", "INTERNAL", "TIMEOUT", "CANCELLED"}, e.Extensions.Code)
}

// send sends an operation once. It returns the first GraphQL error of the response.
func (c *caller) send(ctx context.Context, document string, variables input, into any) error {
	text, err := c.post(ctx, document, variables)
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []*apiError     `json:"errors"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("%.100q is not a GraphQL response: %w", text, err)
	}
	if len(answer.Errors) > 0 {
		return answer.Errors[0]
	}
	return json.Unmarshal(answer.Data, into)
}

// post sends an operation once and returns the body of the response.
func (c *caller) post(ctx context.Context, document string, variables input) (answer []byte, err error) {
	response, err := c.open(ctx, "application/json", document, variables)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

// open sends an operation once and returns the response with an unread body.
func (c *caller) open(ctx context.Context, accept, document string, variables input) (*http.Response, error) {
	body, err := json.Marshal(input{"query": document, "variables": variables})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", accept)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.client.Do(request)
}

// signIn gets an access token.
func (c *caller) signIn(ctx context.Context) error {
	var data struct {
		SignIn struct {
			Session struct {
				AccessToken string `json:"accessToken"`
			} `json:"session"`
		} `json:"signIn"`
	}
	c.token = ""
	err := c.send(ctx, document("SignIn"), input{"input": input{"login": c.login, "password": demoPassword}}, &data)
	c.token = data.SignIn.Session.AccessToken
	return err
}

// retry sends an operation until it succeeds or fails with an error that is not retryable.
func (c *caller) retry(ctx context.Context, document string, variables input, into any) error {
	const pause = 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		var err error
		if c.token == "" {
			err = c.signIn(ctx)
		}
		if err == nil {
			err = c.send(ctx, document, variables, into)
		}
		if c.sent != nil {
			c.sent.Add(1)
		}
		if err != nil {
			c.failures = append(c.failures, err)
		}
		known := new(apiError)
		switch isKnown := errors.As(err, &known); {
		case err == nil:
			return nil
		case isKnown && !known.isRetryable():
			return err
		case isKnown && known.Extensions.Code == "UNAUTHENTICATED":
			c.token = ""
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: the last attempt: %w", ctx.Err(), err)
		}
	}
}

// A mutationPayload has the fields of all payloads that workers read.
type mutationPayload struct {
	Task       struct{ ID string }
	Tasks      []struct{ ID string }
	Comment    struct{ ID string }
	Rejected   []json.RawMessage
	UserErrors []json.RawMessage
}

// change sends a mutation until it succeeds. A user error is an error.
func (c *caller) change(ctx context.Context, operation string, in input) (mutationPayload, error) {
	var data map[string]mutationPayload
	err := c.retry(ctx, document(operation), input{"input": in}, &data)
	for _, done := range data {
		if err == nil && (len(done.UserErrors) > 0 || len(done.Rejected) > 0) {
			err = fmt.Errorf("%s of %v was rejected: %s %s", operation, in, done.UserErrors, done.Rejected)
		}
		return done, err
	}
	return mutationPayload{}, err
}
