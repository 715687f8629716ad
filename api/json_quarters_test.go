package api_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"clamor"
)

// The newest revision is what is shown; those before stay readable and provable, by API and by page.
func TestAFrozenQuarterIsCorrectedByANewRevision(t *testing.T) {
	h := build(t, nil)
	h.feed()
	quarter := clamor.QuarterOf(clamor.DateOf(time.Now()), 0).String()
	path := "/api/v1/quarters/" + quarter
	h.call(clamor.PM, http.MethodPost, path+"/revisions", `{"reason":"why not"}`, nil).want(http.StatusNotFound)
	h.call(clamor.PM, http.MethodPost, path+"/freeze", "", nil).want(http.StatusCreated, `"revision":1`)
	h.call(clamor.PM, http.MethodPost, path+"/freeze", "", nil).want(http.StatusConflict, "a correction is a new revision")
	status := clamor.StatusShipped
	_, err := h.db.EditFeature(t.Context(), h.titled(export).ID, 0, clamor.FeatureEdit{Status: &status}, "Ann")
	must(t, err)
	h.call(clamor.PM, http.MethodPost, path+"/revisions", `{"reason":" "}`, nil).want(http.StatusBadRequest, `"path":"reason"`)
	h.call(clamor.Reporter, http.MethodPost, path+"/revisions", `{"reason":"it had shipped"}`, nil).want(http.StatusForbidden)
	a := h.call(clamor.PM, http.MethodPost, path+"/revisions", `{"reason":"it had shipped"}`, nil).want(http.StatusCreated, `"revision":2`, "it had shipped")
	if want := "/api/v1/list?quarter=" + quarter + "&revision=2"; a.header.Get("Location") != want {
		t.Errorf("Location %q", a.header.Get("Location"))
	}
	for query, entries := range map[string]int{"": 2, "&revision=1": 3, "&revision=2": 2} {
		if got := h.list("quarter=" + quarter + query); len(got.Entries) != entries || !got.Frozen {
			t.Errorf("%q has %d entries", query, len(got.Entries))
		}
	}
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?quarter="+quarter+"&revision=0", "", nil).want(http.StatusBadRequest, `"path":"revision"`)
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/list?quarter="+quarter+"&revision=9", "", nil).want(http.StatusNotFound)
	var told struct {
		Revisions []clamor.Revision `json:"revisions"`
	}
	h.get(path+"/revisions", &told)
	if len(told.Revisions) != 2 || told.Revisions[0].Reason != "it had shipped" || told.Revisions[1].Revision != 1 {
		t.Errorf("%+v", told)
	}
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/quarters", "", nil).want(http.StatusOK, told.Revisions[1].Hash)
	for _, query := range []string{"", "?revision=1"} {
		h.call(clamor.Viewer, http.MethodGet, path+"/verify"+query, "", nil).want(http.StatusOK, `"holds":true`)
	}
	h.call(clamor.Viewer, http.MethodGet, path+"/verify?revision=9", "", nil).want(http.StatusNotFound)

	page := "/quarters/" + quarter
	h.send(http.MethodGet, page+"?verify=1", "", h.as(clamor.Viewer)).want(http.StatusOK, "it had shipped", "Revision 1 holds")
	h.send(http.MethodGet, "/quarters/1999Q1", "", h.as(clamor.Viewer)).want(http.StatusNotFound)
	header := h.as(clamor.PM)
	header["Content-Type"] = "application/x-www-form-urlencoded"
	h.send(http.MethodPost, page+"/revise", url.Values{"reason": {"once more"}, "current_settings": {"yes"}}.Encode(), header).want(http.StatusSeeOther)
	h.send(http.MethodGet, "/?quarter="+quarter, "", h.as(clamor.Viewer)).want(http.StatusOK, "revision 3", "once more")
}
