package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/rank"
)

// thisQuarter is the running one.
func thisQuarter() clamor.Quarter { return clamor.QuarterOf(clamor.DateOf(time.Now()), 0) }

// frozenBefore gives the house a frozen quarter before the running one, in which Contoso alone asked for single sign-on.
func (h *house) frozenBefore() clamor.Quarter {
	h.t.Helper()
	last := thisQuarter().Previous()
	h.hook("gong", `{"id":"old","occurred_at":"`+string(last.First())+`T09:00:00Z","text":"SAML single sign-on please","account":{"name":"Contoso","domain":"contoso.example","arr":1200000,
		"currency":"USD"},"asks":[{"text":"SAML single sign-on"}]}`).want(http.StatusAccepted)
	h.work()
	h.call(clamor.PM, http.MethodPost, "/api/v1/quarters/"+last.String()+"/freeze", "", nil).want(http.StatusCreated)
	h.feed()
	return last
}

func TestQuartersAreListedWithTheirState(t *testing.T) {
	h := build(t, nil)
	b := h.visit(clamor.Viewer)
	b.open("/quarters").want(http.StatusOK, "Nothing is on its list yet", "No quarter is frozen yet")
	last, running := h.frozenBefore(), thisQuarter()
	must(t, h.db.PutPublication(t.Context(), clamor.Publication{Target: "github:acme/plan", Quarter: last.String(), Number: 7, URL: "https://github.example/7", PublishedAt: time.Now()}, "Ann"))
	b.open("/quarters").want(http.StatusOK, "SAML single sign-on", "/quarters/"+running.String(), "/quarters/"+last.String(), "https://github.example/7", "Tess pm").lacks("Checklist", "/export")
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/quarters", "", nil).want(http.StatusOK, `"publications":[{`, "https://github.example/7")
	b.open("/quarters?verify="+last.String()).want(http.StatusOK, "holds, byte for byte")
	b.open("/quarters?verify=1999Q1").want(http.StatusNotFound)
	b.open("/quarters/"+last.String()).want(http.StatusOK, "frozen", "issue 7", "SAML single sign-on").lacks("Correct it")
	b.open("/quarters/1999Q1").want(http.StatusNotFound, "Nothing is known of 1999Q1")
	b.open("/quarters/"+running.String()).want(http.StatusOK, "What moved since", "Not published yet", "live")
}

func TestAQuarterThatIsOverWaitsToBeFrozen(t *testing.T) {
	h := build(t, nil)
	last := thisQuarter().Previous()
	h.hook("gong", `{"id":"old","occurred_at":"`+string(last.First())+`T09:00:00Z","text":"SAML single sign-on please","account":{"name":"Contoso"}}`).want(http.StatusAccepted)
	h.work()
	h.visit(clamor.PM).open("/quarters").want(http.StatusOK, "over, not frozen", "/quarters/"+last.String()+"/freeze")
	h.visit(clamor.Viewer).open("/quarters").want(http.StatusOK, "over, not frozen").lacks("/freeze")
}

func TestTheChecklistFindsWhatAPMWouldLookFor(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	path := "/quarters/" + thisQuarter().String() + "/freeze"
	b.open(path).want(http.StatusOK, "The quarter is not over", "Of the first 20: without a team", "No feature is pinned", "No promise is overdue", "Every delivery could be read")

	sso := h.titled("SAML single sign-on").ID
	_, err := h.db.Rule(t.Context(), clamor.Ruling{Kind: clamor.RulePin, Feature: sso, Place: 3, Reason: "the board said so", By: "Ann"})
	must(t, err)
	_, err = h.db.AddPromise(t.Context(), clamor.Promise{Feature: sso, Account: clamor.AccountID(h.accountOf("Northwind"))}, clamor.PromiseEdit{State: ptr(clamor.PromiseOpen),
		MadeBy: ptr("Rita Rep"), MadeOn: ptr(clamor.Date("2020-01-02")), DueOn: ptr(clamor.Date("2020-03-02"))}, "Ann")
	must(t, err)
	h.hook("gong", `{"id":"yen","text":"Dark mode for the mobile application","account":{"name":"Kumo","arr":1000000,"currency":"JPY"}}`).want(http.StatusAccepted)
	h.hook("gong", `{"id":"bad","text":"Dark mode","account":{}}`)
	h.work()
	b.open(path).want(http.StatusOK, "the board said so", "Promises are overdue", "due 2020-03-02", "has no rate into USD", "/settings/ranking#rates")

	var told struct {
		Checks []struct {
			Key   string
			Count int
		}
	}
	h.get("/api/v1/quarters/"+thisQuarter().String()+"/checklist", &told)
	found := map[string]int{}
	amber := true
	for _, c := range told.Checks {
		found[c.Key] = c.Count
		if c.Count > 0 && !amber {
			t.Errorf("%s stands behind what is in order", c.Key)
		}
		amber = c.Count > 0
	}
	for key, want := range map[string]int{"pins": 1, "promises": 1, "no-rate": 1, "team": 3, "ambiguous": 0, "doubts": 0} {
		if got, there := found[key]; got != want || !there {
			t.Errorf("%s counts %d, want %d: %v", key, got, want, found)
		}
	}
	b.submit(path+"?scenario=full").want(http.StatusOK, "Frozen. This list stays", "scenario full")
	h.call(clamor.PM, http.MethodGet, "/api/v1/quarters/"+thisQuarter().String()+"/checklist", "", nil).want(http.StatusConflict)
}

func ptr[T any](v T) *T { return &v }

func TestMovesAreToldWithTheirCauses(t *testing.T) {
	h := build(t, nil)
	last := h.frozenBefore()
	b := h.visit(clamor.Viewer)
	whole := b.open("/quarters/compare").want(http.StatusOK, "new, changed or withdrawn asks", "the sum of these lines", "New on the list", "Dark mode for the mobile application")
	sso := string(h.titled("SAML single sign-on").ID)
	if !strings.Contains(whole.body, `id="`+sso+`"`) {
		t.Error("the move cannot be linked to")
	}
	b.open("/").want(http.StatusOK, `href="/quarters/compare?from=`+last.String()+`&amp;to=`+thisQuarter().String()+`#`+sso)
	b.open("/quarters/compare?cause=deals").want(http.StatusOK, "Only features that").lacks(`id="` + sso + `"`)
	b.open("/quarters/compare?from="+last.String()+"&to="+last.String()+".live").want(http.StatusOK, "None moved")
	b.open("/quarters/compare?from=soon").want(http.StatusOK, "cannot be compared", "no quarter").lacks(`value="soon"`)
	b.open("/quarters/compare?at=x").want(http.StatusBadRequest)

	var told struct {
		From, To string
		Changes  []rank.Change
	}
	h.get("/api/v1/quarters/compare", &told)
	if told.From != last.String() || len(told.Changes) != 3 {
		t.Fatalf("%+v", told)
	}
	for _, c := range told.Changes {
		sum := int64(0)
		for _, e := range c.Effects {
			sum += e.Money
		}
		if sum != c.Money {
			t.Errorf("the causes of %s come to %d, not %d", c.Feature.Title, sum, c.Money)
		}
	}
	h.call(clamor.Viewer, http.MethodGet, "/api/v1/quarters/compare?from=soon", "", nil).want(http.StatusBadRequest, `"path":"from"`)
}

func TestRevisionsAreComparedWithEachOther(t *testing.T) {
	h := build(t, nil)
	last := h.frozenBefore()
	h.hook("gong", `{"id":"late","occurred_at":"`+string(last.First())+`T10:00:00Z","text":"Dark mode for the mobile application","account":{"name":"Kumo","arr":100000,"currency":"USD"}}`).want(http.StatusAccepted)
	h.work()
	b := h.visit(clamor.PM)
	page := "/quarters/" + last.String()
	b.submit(page+"/revise", "reason", " ").want(http.StatusBadRequest, "say why", "Correct it")
	b.submit(page+"/revise", "reason", "a note came late").want(http.StatusOK, "a note came late", "from="+last.String()+".1&amp;to="+last.String()+".2")
	b.open("/quarters/compare?from="+last.String()+".1&to="+last.String()+".2").want(http.StatusOK, "revision 1", "revision 2", "New on the list", "Dark mode")
}

func TestScenariosStandSideBySide(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Viewer)
	path := "/quarters/" + thisQuarter().String() + "/scenarios"
	b.open(path).want(http.StatusOK, "budget and full", "SAML single sign-on", "3 features")
	b.open(path+"?a=breadth&b=budget&sort=shift").want(http.StatusOK, "breadth and budget", `<option value="shift" selected>`)
	b.open(path+"?a=none").want(http.StatusBadRequest, "There is no scenario")
}

// What a frozen list says of its money is what it was frozen with.
func TestAFrozenListIsWordedByItsOwnSettings(t *testing.T) {
	h := build(t, nil)
	h.feed()
	quarter := thisQuarter().String()
	h.call(clamor.PM, http.MethodPost, "/api/v1/quarters/"+quarter+"/freeze", "", nil).want(http.StatusCreated)
	s := rank.Defaults()
	s.Scenario, s.Scenarios = "whole", []rank.Scenario{{Name: "whole", Sharing: rank.Full, Size: rank.Breadth}}
	rates, err := rank.NewService(h.db, rank.Options{Settings: rank.Defaults(), Now: time.Now})
	must(t, err)
	_, err = rates.PutSettings(t.Context(), rank.Draft{Settings: s}, "Ann")
	must(t, err)
	b := h.visit(clamor.Viewer)
	b.open("/?quarter="+quarter).want(http.StatusOK, "money is spent once", `<option value="full">`).lacks("All accounts weigh the same")
	b.open("/?live=1&quarter="+quarter).want(http.StatusOK, "All accounts weigh the same", "counts it several times")
	b.open("/features/"+string(h.titled("SAML single sign-on").ID)+"?quarter="+quarter).want(http.StatusOK, "money is spent once")
}
