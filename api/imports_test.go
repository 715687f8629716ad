package api_test

import (
	"bytes"
	"context"
	"log/slog"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/api"
	"clamor/ingest"
	"clamor/store"
)

// importing makes a house that takes files, and the worker that imports them.
func importing(t *testing.T) (*house, *ingest.Uploads) {
	t.Helper()
	var files *ingest.Uploads
	dir := t.TempDir()
	h := build(t, func(o *api.Options) {
		db := o.Store.(*store.DB)
		files = ingest.NewUploads(ingest.NewService(db, time.Now, ingest.Options{}), db, ingest.UploadOptions{Dir: dir, Owner: "test", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		o.Uploads = files
	})
	return h, files
}

// upload sends a file as the form would.
func (b browser) upload(kind, name, body string) answer {
	b.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	must(b.t, w.WriteField("kind", kind))
	must(b.t, w.WriteField("source", "crm"))
	file, err := w.CreateFormFile("file", name)
	must(b.t, err)
	_, err = file.Write([]byte(body))
	must(b.t, err)
	must(b.t, w.Close())
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+"/imports", &form)
	must(b.t, err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

const crmFile = `Account Name,Website,Money in,Health,Renewal
Northwind,northwind.example,"52,000.00",yellow,03/04/2027
Globex,globex.example,18000,green,05/06/2027
Initech,initech.example,a lot,green,05/06/2027
Hooli,hooli.example,99000,red
`

func TestAFileIsImportedByPages(t *testing.T) {
	h, files := importing(t)
	b := h.visit(clamor.Admin)
	b.open("/imports").want(http.StatusOK, "Nothing was imported yet")
	page := b.upload("accounts", `C:\exports\crm.csv`, crmFile).want(http.StatusOK, "crm.csv", "which column holds what", `<option value="Website" selected>`, "<bdi>northwind.example</bdi>",
		"How are dates written?", "In <bdi>Renewal</bdi> no row shows").lacks("exports")
	path := page.find(`action="(/imports/upload_[^/"]+)/columns"`)
	chosen := []string{"field_name", "Account Name", "field_domain", "Website", "field_arr", "Money in", "field_health", "", "field_renewal_on", "Renewal", "system", "Salesforce"}
	b.submit(path+"/columns", chosen...).want(http.StatusOK, "Finding out what would happen")
	must(t, files.Step(t.Context()))
	b.open(path).want(http.StatusOK, "which column holds what", "can be read two ways", "choose the order of dates below") // it was not answered
	b.submit(path+"/columns", append(chosen, "date_order", "dmy")...).want(http.StatusOK)
	b.submit(path+"/columns", chosen...).want(http.StatusConflict)
	must(t, files.Step(t.Context()))
	b.open(path).want(http.StatusOK, "this would happen", "Import 2 rows", "52,000 USD", "2027-04-03", "&#34;a lot&#34; is no amount", "has 4 fields").lacks("yellow")
	var stats, after clamor.Stats
	stats, err := h.db.Stats(t.Context())
	must(t, err)
	b.open(path+"?columns=1").want(http.StatusOK, `<option value="Money in" selected>`)
	b.submit(path+"/start").want(http.StatusOK, "Importing")
	b.submit(path + "/start").want(http.StatusConflict)
	b.submit(path + "/drop").want(http.StatusConflict)
	must(t, files.Step(t.Context()))
	b.open(path).want(http.StatusOK, "Imported", "Download what was refused").lacks("yellow")
	if after, err = h.db.Stats(t.Context()); err != nil || after.Accounts != stats.Accounts+2 {
		t.Errorf("%d accounts, were %d (%v)", after.Accounts, stats.Accounts, err)
	}
	refused := b.open(path + "/refused.csv").want(http.StatusOK)
	want := "Account Name,Website,Money in,Health,Renewal,line,reason\nInitech,initech.example,a lot,green,05/06/2027,4,\"arr: \"\"a lot\"\" is no amount: write digits such as 48000 or 48000.50\"\n" +
		"Hooli,hooli.example,99000,red,,5,has 4 fields where the header has 5: quote fields that hold a comma\n"
	if refused.body != want || !strings.Contains(refused.header.Get("Content-Disposition"), "crm-refused.csv") {
		t.Errorf("refused: %s\n%s", refused.header.Get("Content-Disposition"), refused.body)
	}

	// The mended rows go in, by the columns that are remembered for the source.
	mended := strings.Replace(refused.body, "a lot", "7000", 1)
	page = b.upload("accounts", "mended.csv", mended).want(http.StatusOK, `<option value="Money in" selected>`)
	path = page.find(`action="(/imports/upload_[^/"]+)/columns"`)
	b.submit(path+"/columns", append(chosen, "date_order", "dmy")...).want(http.StatusOK)
	must(t, files.Step(t.Context()))
	b.open(path).want(http.StatusOK, "Import 2 rows").lacks("Refused 1")
	b.submit(path + "/start").want(http.StatusOK)
	must(t, files.Step(t.Context()))
	b.open("/accounts").want(http.StatusOK, "Initech", "Hooli", "7,000 USD")
	b.open("/imports").want(http.StatusOK, "mended.csv", "crm.csv", "done")
}

func TestAnImportGoesOnAfterACrash(t *testing.T) {
	h, files := importing(t)
	b := h.visit(clamor.Admin)
	path := b.upload("accounts", "crm.csv", "name\nNorthwind\n").want(http.StatusOK).find(`action="(/imports/upload_[^/"]+)/columns"`)
	b.submit(path+"/columns", "field_name", "name").want(http.StatusOK)
	must(t, files.Step(t.Context()))
	b.submit(path + "/start").want(http.StatusOK)
	dying, die := context.WithCancel(t.Context())
	die()
	_ = files.Step(dying) // the process ends in the middle
	b.open(path).want(http.StatusOK, "Importing", "it goes on")
	must(t, files.Step(t.Context()))
	b.open(path).want(http.StatusOK, "Imported")
	b.open("/accounts").want(http.StatusOK, "Northwind")
}

func TestAnUploadThatIsNoTableIsRefusedOnItsForm(t *testing.T) {
	h, files := importing(t)
	b := h.visit(clamor.Admin)
	for name, body := range map[string]string{"empty.csv": "", "blank.csv": "  \n ", "book.xlsx": "PK\x03\x04 and nothing else", "old.xls": "\xd0\xcf\x11\xe0 old", "page.gz": "\x1f\x8b zip"} {
		a := b.upload("accounts", name, body)
		if a.status < 400 || a.status >= 500 || !strings.Contains(a.body, `role="alert"`) || !strings.Contains(a.body, `type="file"`) {
			t.Errorf("%s: %d %.200s", name, a.status, a.body)
		}
	}
	b.upload("wishes", "crm.csv", crmFile).want(http.StatusBadRequest, "choose accounts, deals or notes")
	b.submit("/imports").want(http.StatusBadRequest, "choose a file")
	if all, err := h.db.Uploads(t.Context(), 9); err != nil || len(all) != 0 {
		t.Errorf("%d uploads are kept (%v)", len(all), err)
	}
	path := b.upload("notes", "notes.csv", "text,account\nSSO please,Northwind\n").want(http.StatusOK).find(`action="(/imports/upload_[^/"]+)/columns"`)
	b.submit(path+"/drop").want(http.StatusOK, "Forgotten")
	b.open(path).want(http.StatusNotFound)
	must(t, files.Step(t.Context()))
}

func TestAProgramImportsAFile(t *testing.T) {
	h, files := importing(t)
	var u clamor.Upload
	octets := map[string]string{"Content-Type": "application/octet-stream"}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/imports?kind=wishes", "x", octets).want(http.StatusBadRequest, "choose accounts")
	h.call(clamor.Admin, http.MethodPost, "/api/v1/imports?kind=accounts&source=crm&file=crm.csv", crmFile, octets).want(http.StatusCreated).decode(&u)
	at := "/api/v1/imports/" + string(u.ID)
	h.call(clamor.Admin, http.MethodPost, at, `{"do":"fly"}`, nil).want(http.StatusBadRequest, "choose try, start or drop")
	h.call(clamor.Admin, http.MethodPost, at, `{"do":"start"}`, nil).want(http.StatusConflict)
	h.call(clamor.Admin, http.MethodPost, at, `{"do":"try","map":{"arr":"Money in"},"date_order":"dmy"}`, nil).want(http.StatusOK, "trying")
	must(t, files.Step(t.Context()))
	h.get(at, &u)
	if u.State != clamor.UploadTried || u.Added != 2 || u.Refused != 2 || len(u.First) != 3 {
		t.Errorf("after the trial %+v", u)
	}
	h.call(clamor.Admin, http.MethodPost, at, `{"do":"start"}`, nil).want(http.StatusOK, "running")
	must(t, files.Step(t.Context()))
	var all struct{ Imports []clamor.Upload }
	h.get("/api/v1/imports", &all)
	if len(all.Imports) != 1 || all.Imports[0].State != clamor.UploadDone || all.Imports[0].Added != 2 {
		t.Errorf("the history is %+v", all)
	}
	h.call(clamor.Admin, http.MethodPost, "/api/v1/imports?kind=notes", "text,account\nSSO,Northwind\n", octets).want(http.StatusCreated).decode(&u)
	h.call(clamor.Admin, http.MethodPost, "/api/v1/imports/"+string(u.ID), `{"do":"drop"}`, nil).want(http.StatusNoContent)
}
