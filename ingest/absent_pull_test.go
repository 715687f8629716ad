package ingest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"clamor"
	"clamor/ingest"
)

// A vendor who knows nothing of our workspace answers 404 to all: a pull must not take that for nothing new.
func TestAPullOfAWorkspaceThatIsNotThereFailsAndSaysWhy(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(http.NotFound))
	defer server.Close()
	for _, a := range ingest.Adapters() {
		if a.Pull == nil {
			continue
		}
		t.Run(a.Kind, func(t *testing.T) {
			settings := map[string]string{}
			for _, s := range a.Settings {
				switch {
				case s.Name == "base_url":
					settings[s.Name] = server.URL
				case s.Required:
					settings[s.Name] = "x"
				}
			}
			source := clamor.Source{Name: "it", Kind: a.Kind, Token: "id:secret", Secret: "secret", Settings: settings, On: true}
			s := newShelf(source)
			p := ingest.NewPuller(s, ingest.PullOptions{Call: patient(), Now: noon, Owner: "test"})
			last, err := p.Pull(t.Context(), "it", nil)
			if err == nil || last.Fault == "" || last.Failures != 1 {
				t.Fatalf("%v, %+v", err, last)
			}
			if !strings.Contains(last.Fault, "404") {
				t.Errorf("the fault does not tell of the 404: %s", last.Fault)
			}
		})
	}
}
