package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"clamor"
)

// triaged gives the house notes that leave something to decide: one ask that is joined, a note without an ask, and a stray one.
func (h *house) triaged() {
	h.t.Helper()
	h.feed()
	now := time.Now().UTC()
	for i, note := range []string{
		`"text":"Caught up over coffee. They were all on holiday. Receipts by mail came up in passing. The weather was fine.","title":"Check-in","asks":[]`,
		`"text":"Please add SAML single sign-on for all our staff.","title":"Follow-up","asks":[{"text":"SAML single sign-on for all our staff","quote":"add SAML single sign-on for all our staff"}]`,
	} {
		h.hook("gong", fmt.Sprintf(`{"id":"t%d","occurred_at":%q,%s,"author":{"name":"Rita Rep","email":"rita@ours.example"},"account":{"name":"Tidewater","arr":900000,"currency":"USD"}}`,
			i, now.Add(time.Duration(i)*time.Second).Format(time.RFC3339), note)).want(http.StatusAccepted)
	}
	h.work()
}

// waits counts what a heap of triage shows.
func (a answer) waits(tab string) string {
	a.t.Helper()
	return a.find(`>` + tab + ` <span class="num">(\d+)`)
}

func TestTriageGoesFromCaseToCase(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	b := h.visit(clamor.PM)
	desk := b.open("/triage").want(http.StatusOK, "SAML single sign-on for all our staff", "Tidewater", "stands here now", "mailto:rita@ours.example")
	ask, next := desk.find(`id="decide"[^>]*>\s*<input[^>]*>\s*<input type="hidden" name="at" value="(ask_[^"]+)"`), desk.find(`name="next" value="([^"]*)"`)
	before := desk.waits("To decide")
	h.woken.Store(0)
	after := b.submit("/triage", "at", ask, "next", next, "do", "confirm").want(http.StatusOK, "You confirmed it under “SAML single sign-on”", `id="undo"`)
	if h.woken.Load() == 0 {
		t.Error("nobody told the workers of the ruling")
	}
	if now := after.waits("To decide"); now == before || strings.Contains(after.body, `name="at" value="`+ask) {
		t.Errorf("%s waited and %s do; the next case must be another one", before, now)
	}
	b.open("/triage?tab=done").want(http.StatusOK, "confirmed it under", "add SAML single sign-on for all our staff")
	undo := after.find(`action="/rulings/([^"]+)/undo" id="undo"`)
	again := b.submit("/rulings/"+undo+"/undo", "back", "/triage?at="+ask).want(http.StatusOK, "Taken back.", `name="at" value="`+ask)
	if now := again.waits("To decide"); now != before {
		t.Errorf("after the undo %s wait, before it all %s", now, before)
	}
	target := b.feature("Dark mode for the mobile application")
	b.submit("/triage", "at", ask, "do", "move "+string(target)).want(http.StatusOK, "You put it under “Dark mode")
	b.open("/features/"+string(target)).want(http.StatusOK, "add SAML single sign-on for all our staff")
}

func TestTriageMakesFeaturesAndTakesOutWhatIsNoAsk(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	b := h.visit(clamor.PM)
	heap := b.open("/triage?tab=new").want(http.StatusOK, "It stands in a feature of its own")
	ask, title := heap.find(`name="at" value="(ask_[^"]+)"`), heap.find(`<textarea name="title"[^>]*>([^<]+)<`)
	b.submit("/triage", "tab", "new", "at", ask, "title", title, "do", "new").want(http.StatusOK, "You confirmed it under")
	joined := b.open("/triage?tab=joined").find(`name="at" value="(ask_[^"]+)"`)
	b.submit("/triage", "at", joined, "title", "Okta", "do", "new").want(http.StatusOK, "made it the feature “Okta”")
	other := b.open("/triage?tab=new").find(`name="at" value="(ask_[^"]+)"`)
	b.submit("/triage", "tab", "new", "at", other, "do", "not-an-ask").want(http.StatusOK, "is no ask")
	b.submit("/triage", "at", other, "do", "nonsense").want(http.StatusBadRequest, "kind")
	b.submit("/triage", "at", "ask_none", "do", "confirm").want(http.StatusNotFound, "no ask")
	b.open("/triage?tab=none").want(http.StatusBadRequest, "no heap")
}

func TestTheSecondOfTwoAtOneCaseIsToldWhoCameFirst(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	first, second := h.visit(clamor.PM), h.visit(clamor.PM)
	ask := first.open("/triage").find(`name="at" value="(ask_[^"]+)"`)
	second.open("/triage").want(http.StatusOK, ask)
	first.submit("/triage", "at", ask, "do", "confirm").want(http.StatusOK)
	late := second.submit("/triage", "at", ask, "do", "not-an-ask").want(http.StatusConflict, "Pat came first", "confirmed it where it stands", `id="triage"`, `class="say bad"`)
	late.lacks("Not possible in this state")
	if strings.Contains(late.body, `id="decide"`) && strings.Contains(late.body, `name="at" value="`+ask+`"`) {
		t.Error("the second goes on at the case that is decided")
	}
}

func TestWordsOfANoteAreMarkedAsAnAsk(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	b := h.visit(clamor.PM)
	heap := b.open("/triage?tab=silent").want(http.StatusOK, "Check-in", "No ask was found in this note", "Receipts by mail")
	note := heap.find(`name="note" value="(note_[^"]+)"`)
	b.submit("/triage", "tab", "silent", "note", note, "at", note, "words", "receipts by mule", "do", "mark").want(http.StatusBadRequest, "do not stand in the note")
	marked := b.submit("/triage", "tab", "silent", "note", note, "at", note, "words", " Receipts by mail ", "near", "9999", "do", "mark").want(http.StatusOK,
		"You marked words as an ask", `<mark class="this">Receipts by mail</mark>`)
	ask := marked.find(`id="decide"[\s\S]*?name="at" value="(ask_[^"]+)"`)
	b.submit("/triage", "note", note, "at", note, "words", "Receipts by mail", "do", "mark").want(http.StatusConflict, "an ask already")
	h.work()
	b.open("/triage?at="+ask).want(http.StatusOK, "Receipts by mail")
	b.open("/").want(http.StatusOK, "eceipts by mail")
	undo := b.open("/triage").find(`action="/rulings/([^"]+)/undo" id="undo"`)
	b.submit("/rulings/"+undo+"/undo", "back", "/triage?tab=silent").want(http.StatusOK, "Check-in")
	h.work()
	b.open("/").lacks("eceipts by mail")
	b.submit("/triage", "tab", "silent", "at", note, "do", "nothing").want(http.StatusOK, "the note holds no ask").lacks(`name="at" value="` + note)
}

func TestInAutoModeWhatTheMachineJoinedWaitsForNobody(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	b := h.visit(clamor.PM)
	joined := b.open("/triage").waits("Joined by itself")
	auto := b.submit("/triage/mode", "mode", "auto").want(http.StatusOK, "Saved for everybody", "counts as decided")
	if auto.waits("To decide") != "0" || auto.waits("Joined by itself") != joined || joined == "0" {
		t.Errorf("to decide %s, joined %s of %s", auto.waits("To decide"), auto.waits("Joined by itself"), joined)
	}
	b.open("/triage?tab=joined").want(http.StatusOK, "stands here now")
	b.submit("/triage/mode", "mode", "on").want(http.StatusBadRequest, "auto or suggest")
	h.visit(clamor.Reporter).open("/triage").want(http.StatusForbidden)
}

func TestTriageByTheAPI(t *testing.T) {
	h := build(t, nil)
	h.triaged()
	var heap struct {
		Counts map[string]int `json:"counts"`
		Asks   []struct {
			ID, Note, Quote, Feature string
			FeatureTitle             string `json:"feature_title"`
			Suggestions              []struct{ ID string }
		} `json:"asks"`
	}
	h.get("/api/v1/triage?look=joined,founded&limit=50", &heap)
	if len(heap.Asks) != heap.Counts["joined"]+heap.Counts["founded"] || heap.Counts["silent_notes"] != 1 || heap.Asks[0].FeatureTitle == "" {
		t.Fatalf("what waits: %+v", heap)
	}
	first := heap.Asks[0]
	h.get("/api/v1/triage?look=joined,founded&before="+url.QueryEscape(first.ID), &heap)
	if heap.Asks[0].ID == first.ID {
		t.Error("before an ask comes that ask")
	}
	h.call(clamor.PM, http.MethodGet, "/api/v1/triage?look=odd&limit=0&x=1", "", nil).want(http.StatusBadRequest, `"path":"look"`, `"path":"limit"`, `"path":"x"`)
	rule := fmt.Sprintf(`{"kind":"confirm","asks":[%q],"unless_ruled":true}`, first.ID)
	h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", rule, nil).want(http.StatusCreated)
	h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", rule, nil).want(http.StatusConflict, "Tess pm came first")
	var note struct{ Text string }
	h.get("/api/v1/notes/"+first.Note, &note)
	end := strings.Index(note.Text, " ")
	made := h.call(clamor.PM, http.MethodPost, "/api/v1/notes/"+first.Note+"/asks", fmt.Sprintf(`{"start":0,"end":%d,"priority":"nice"}`, end), nil).want(http.StatusCreated, note.Text[:end])
	h.call(clamor.PM, http.MethodPost, "/api/v1/notes/"+first.Note+"/asks", `{"start":9,"end":3}`, nil).want(http.StatusBadRequest, `"path":"start"`)
	h.call(clamor.Reporter, http.MethodPost, "/api/v1/notes/"+first.Note+"/asks", `{"start":0,"end":3}`, nil).want(http.StatusForbidden)
	h.call(clamor.PM, http.MethodDelete, made.header.Get("Location"), "", nil).want(http.StatusOK)
	h.call(clamor.PM, http.MethodPost, "/api/v1/rulings", `{"kind":"nothing"}`, nil).want(http.StatusBadRequest, `"path":"note"`)
}
