package ingest_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

// The lines that a source's page prints are run by a shell, and what arrives is proven, read, and holds something.
func TestTheSampleOfEachKindIsTakenAsPrinted(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "openssl"} {
		_, err := exec.LookPath(tool)
		if err != nil && os.Getenv("CI") == "true" {
			t.Fatalf("CI needs %s: %v", tool, err)
		}
		if err != nil {
			t.Skipf("SKIPPED: %v", err)
		}
	}
	for _, a := range ingest.Adapters() {
		for _, secret := range []string{"it's a \"secret\" $HOME", "whsec_bW9zdCBzZWNyZXQgb2YgYWxsIHNlY3JldHM="} {
			source := clamor.Source{Name: "it", Kind: a.Kind, Secret: secret, On: true}
			c := ingest.ConnectionOf(a.Kind)
			sample := c.Sample(source)
			if sample == nil {
				if c.Test == "" {
					t.Errorf("%s: nothing says how a first delivery comes", a.Kind)
				}
				continue
			}
			t.Run(a.Kind, func(t *testing.T) { sampleArrives(t, a, source, *sample) })
		}
	}
}

func sampleArrives(t *testing.T, a ingest.Adapter, source clamor.Source, sample ingest.Sample) {
	t.Helper()
	received := false
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(bufio.NewReader(r.Body))
		if err != nil {
			t.Error(err)
		}
		received = true
		if err := a.Verify(source, ingest.Request{Method: r.Method, URL: "https://clamor.example/hooks/it", Header: r.Header, Body: body}, time.Now()); err != nil {
			t.Errorf("it is not proven: %v", err)
		}
		if a.Handshake != nil && a.Handshake(source, ingest.Request{Method: r.Method, Header: r.Header, Body: body}) != nil {
			t.Error("it is answered, and kept nowhere")
		}
		if err := a.Check(r.Header, body); err != nil {
			t.Errorf("its syntax: %v", err)
		}
		h, err := a.Parse(ingest.NewDelivery(source, r.Header, body, time.Now()), ingest.ParseOptions{})
		if err != nil || h.Thin || len(h.Notes)+len(h.Issues) != 1 {
			t.Errorf("it holds %d notes and %d issues (thin: %v): %v", len(h.Notes), len(h.Issues), h.Thin, err)
		}
		for _, in := range h.Notes {
			if len(in.Asks) != 1 {
				t.Errorf("its note holds %d asks", len(in.Asks))
			}
		}
	}))
	defer server.Close()
	command := sample.Command(server.URL, source.Secret)
	out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
	if err != nil || !received {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
	if strings.Contains(command, "NOW_MS") {
		t.Errorf("a word is left in place: %s", command)
	}
}

func TestEveryKindIsOffered(t *testing.T) {
	offered := 0
	for _, g := range ingest.Groups() {
		for _, a := range ingest.KindsOf(g) {
			offered++
			if c := ingest.ConnectionOf(a.Kind); c.Brings == "" || (c.Token != "") != a.Calls() && a.Kind != "canny" {
				t.Errorf("%s: brings %q, its token is %q", a.Kind, c.Brings, c.Token)
			}
		}
	}
	if offered != len(ingest.Adapters()) {
		t.Errorf("%d of %d kinds are offered", offered, len(ingest.Adapters()))
	}
}
