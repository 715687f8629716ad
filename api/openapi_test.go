package api_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// describe loads openapi.yaml once, and makes it stricter than it is for clients: an answer may hold no field that is not
// described, so that the description cannot fall behind.
var describe = sync.OnceValues(func() (routers.Router, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	for name, schema := range doc.Components.Schemas {
		if s := schema.Value; len(s.Properties) > 0 && !strings.HasPrefix(name, "Note") || name == "NoteDetail" {
			closed := false
			s.AdditionalProperties.Has, s.AdditionalProperties.Schema = &closed, nil
		}
	}
	return legacy.NewRouter(doc)
})

// described holds a request and its answer against the description. A refused request may be wrong; its answer may not.
func described(t testing.TB, r *http.Request, body string, a answer) {
	t.Helper()
	router, err := describe()
	must(t, err)
	plain := r.Clone(r.Context())
	plain.URL.Scheme, plain.URL.Host, plain.Host = "", "", ""
	plain.Body = io.NopCloser(strings.NewReader(body))
	found, params, err := router.FindRoute(plain)
	if err != nil {
		t.Fatalf("%s %s is not described: %v", r.Method, r.URL.Path, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: plain, PathParams: params, Route: found,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if a.status < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			t.Errorf("the request %s %s was accepted but does not fit its description: %v", r.Method, r.URL, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewBufferString(a.body)), Options: &openapi3filter.Options{IncludeResponseStatus: true}}
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		t.Errorf("the answer of %s %s does not fit its description: %v\n%s", r.Method, r.URL, err, a.body)
	}
}

func TestDescriptionIsServed(t *testing.T) {
	h := build(t, nil)
	h.send(http.MethodGet, "/api/openapi.yaml", "", nil).want(http.StatusOK, "openapi: 3.1.0")
}
