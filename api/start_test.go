package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"clamor"
	"clamor/api"
	"clamor/ingest"
)

// company is a sample company of one note, over the real store.
type company struct{ *house }

func (c company) State(ctx context.Context) (clamor.Sample, error) { return c.db.Sample(ctx) }

func (c company) Load(ctx context.Context, by string) error {
	return c.db.BeginSample(ctx, clamor.Source{Kind: "generic", Secret: hookSecret}, by)
}

func (c company) Remove(ctx context.Context, by string) error { return c.db.RemoveSample(ctx, by) }

// arrive brings what Load began to its end.
func (c company) arrive() {
	c.t.Helper()
	source, err := c.db.FindSource(c.t.Context(), clamor.SampleSource)
	must(c.t, err)
	d := ingest.NewDelivery(source, http.Header{}, []byte(`{"id":"s1","text":"They need offline mode in the mobile app.","account":{"name":"Harbor","domain":"harbor.example","arr":100000,"currency":"USD"}}`), time.Now())
	_, _, err = c.db.AddDelivery(c.t.Context(), d)
	must(c.t, err)
	c.work()
	must(c.t, c.db.PutSample(c.t.Context(), 100, ""))
}

// sampled makes a house with a sample company to load.
func sampled(t *testing.T) (*house, company) {
	t.Helper()
	c := company{}
	h := build(t, func(o *api.Options) { o.Samples = &c })
	c.house = h
	return h, c
}

func TestAnEmptyWorkspaceLeadsToAList(t *testing.T) {
	h, _ := sampled(t)
	admin, viewer := h.visit(clamor.Admin), h.visit(clamor.Viewer)
	admin.open("/").want(http.StatusOK, "Three steps", "/imports/new", "/notes/new", "Load sample data").lacks("✓", "done:")
	viewer.open("/").want(http.StatusOK, "Three steps", "ask <span dir=\"auto\">Pat or Tess admin").lacks("/imports/new", "Load sample data")
	h.call(clamor.PM, http.MethodPut, "/api/v1/accounts/crm:1", `{"name":"Northwind","arr":4800000,"currency":"USD"}`, nil).want(http.StatusOK)
	admin.open("/").want(http.StatusOK, "done: 1 known").lacks("Load sample data")
	day := string(clamor.DateOf(time.Now()))
	h.hook("gong", `{"id":"n0","text":"We agreed on a date. The new operations lead joined us. All went well.","account":{"name":"Northwind"}}`).want(http.StatusAccepted)
	admin.open("/").want(http.StatusOK, "reading…")
	h.work()
	admin.open("/").want(http.StatusOK, "done: 1 note in", "No ask was found", "/triage?tab=silent")
	admin.submit("/notes/new", "id", "y", "account", "Northwind", "text", "They cannot renew without single sign-on through Okta.", "on", day, "kind", "call").want(http.StatusOK)
	h.work()
	admin.open("/").want(http.StatusOK, "single sign-on").lacks("Three steps")
}

func TestSampleDataIsMarkedUntilItIsRemoved(t *testing.T) {
	h, c := sampled(t)
	b := h.visit(clamor.Admin)
	b.submit("/sample").want(http.StatusOK, "Loading sample data", "0 %")
	b.open("/").want(http.StatusOK, "Sample data is being loaded").lacks("Load sample data", "/sample/remove")
	b.submit("/sample").want(http.StatusConflict)
	c.arrive()
	b.open("/sample").want(http.StatusOK, "<b>Sample data.</b>", "Offline mode") // the list
	h.visit(clamor.Viewer).open("/").want(http.StatusOK, "<b>Sample data.</b>").lacks("/sample/remove")
	h.hook("gong", `{"id":"n1","text":"Offline mode in the mobile app, please.","account":{"name":"Northwind"},"asks":[{"text":"offline mode in the mobile app"}]}`).want(http.StatusAccepted)
	h.work()
	b.open("/sample/remove").want(http.StatusOK, "Remove the sample data?")
	b.submit("/sample/remove").want(http.StatusOK, "The sample data is gone", "Offline mode").lacks("<b>Sample data.</b>", "Harbor")
	b.open("/sample/remove").want(http.StatusNotFound)
	h.work()
	b.open("/?q=offline").want(http.StatusOK, "Northwind")
}
