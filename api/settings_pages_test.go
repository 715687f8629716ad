package api_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"clamor"
	"clamor/rank"
)

// fieldsOf are the fields that a browser would send of the form with an action, with some set otherwise.
func (a answer) fieldsOf(action string, change map[string]string) []string {
	a.t.Helper()
	at := strings.Index(a.body, `action="`+action+`"`)
	if at < 0 {
		a.t.Fatalf("no form leads to %s: %s", action, a.body)
	}
	text, _, _ := strings.Cut(a.body[at:], "</form>")
	values := url.Values{}
	attribute := func(tag, name string) string {
		m := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(tag)
		if m == nil {
			return ""
		}
		return html.UnescapeString(m[1])
	}
	for _, tag := range regexp.MustCompile(`<input [^>]*>`).FindAllString(text, -1) {
		if box := attribute(tag, "type") == "checkbox"; !box || strings.Contains(tag, " checked") {
			values.Set(attribute(tag, "name"), attribute(tag, "value"))
		}
	}
	for _, m := range regexp.MustCompile(`(?s)(<select [^>]*>)(.*?)</select>`).FindAllStringSubmatch(text, -1) {
		chosen := regexp.MustCompile(`<option value="([^"]*)" selected>`).FindStringSubmatch(m[2])
		value := ""
		if chosen != nil {
			value = html.UnescapeString(chosen[1])
		}
		values.Set(attribute(m[1], "name"), value)
	}
	for name, value := range change {
		if values.Set(name, value); value == "" {
			values.Del(name)
		}
	}
	var fields []string
	for name := range values {
		fields = append(fields, name, values.Get(name))
	}
	return fields
}

// saying gives the fields of a form with a reason.
func saying(why string, fields []string) []string {
	fields = slices.Clone(fields)
	if at := slices.Index(fields, "reason"); at >= 0 {
		fields[at+1] = why
		return fields
	}
	return append(fields, "reason", why)
}

const rankingForm = "/settings/ranking/preview"

// part asks for the preview alone, as the script does.
func (b browser) part(fields ...string) answer {
	b.t.Helper()
	v := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+rankingForm, strings.NewReader(v.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	r.Header.Set("Origin", b.url)
	return b.do(r)
}

// What the page stores is what was stored, and the form without a change changes nothing.
func TestTheFormOfTheSettingsLosesNothing(t *testing.T) {
	h := build(t, nil)
	h.feed()
	s := rank.Defaults()
	half, on := 30, true
	tables := s.Keep
	tables.Red.Near = 7_250_000
	s.Scenarios = append(s.Scenarios, rank.Scenario{Name: "own", Sharing: rank.Full, HalfLifeDays: &half, RollUp: &on, Keep: &tables,
		Weights: &rank.Weights{Blocker: 1_234_567, Nice: 1}, Recovery: &rank.Recovery{LostDeals: 123_400}})
	s.Recovery.Churned, s.FiscalStart, s.Grow.LikelyFrom, s.RollUp = 50_000, 4, 70, true
	_, err := h.server.Rank.PutSettings(t.Context(), rank.Draft{Settings: s, Rates: []clamor.Rate{{Currency: "EUR", Into: "USD", From: "2026-01-01", PPM: 1_083_200}}}, "Ann")
	must(t, err)
	b := h.visit(clamor.Admin)
	fields := b.open("/settings/ranking").want(http.StatusOK, "urgency tables of its own").fieldsOf(rankingForm, map[string]string{"reason": "nothing"})
	b.part(fields...).want(http.StatusOK, "No feature would stand elsewhere", "Nothing is changed yet").lacks("<html")
	b.submit("/settings/ranking", fields...).want(http.StatusOK, "Stored as version 2", "Nothing but its reason is new")
	v, err := h.db.RankingSettings(t.Context())
	must(t, err)
	got, err := h.server.Rank.Decode(v)
	must(t, err)
	if edits := rank.Compare(s, got); len(edits) > 0 || len(v.Rates) != 1 {
		t.Errorf("going through the form changed %s, %d rates", edits, len(v.Rates))
	}
}

func TestAPMTriesSettingsAndAnAdminStoresThem(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	page := b.open("/settings").want(http.StatusOK, "What would move", "an admin stores them", "Nobody has stored settings yet").lacks("Store as version")
	change := map[string]string{"weights.blocker": "0,5", "half_life_days": "91", "new_rates[1].currency": "eur", "new_rates[1].ppm": "1.1", "new_rates[1].from": "2026-01-01"}
	fields := page.fieldsOf(rankingForm, change)
	b.part(fields...).want(http.StatusOK, "Weight of a blocker", "10", "<b>0.5</b>", "182 days", "One EUR in USD", "The first ten")
	b.submit(rankingForm, fields...).want(http.StatusOK, "The first ten", `value="0,5"`)
	b.submit("/settings/ranking", fields...).want(http.StatusForbidden)

	admin := h.visit(clamor.Admin)
	fields = admin.open("/settings/ranking").fieldsOf(rankingForm, change)
	admin.submit("/settings/ranking", fields...).want(http.StatusBadRequest, "say why", `value="0,5"`)
	admin.submit("/settings/ranking", saying("blockers are overdone", fields)...).want(http.StatusOK, "Stored as version 1", "blockers are overdone", "One EUR in USD", "counts")
	settings, err := h.server.Rank.Settings(t.Context())
	must(t, err)
	if settings.Weights.Blocker != 500_000 || settings.HalfLifeDays != 91 {
		t.Errorf("%+v", settings)
	}
	stale := admin.submit("/settings/ranking", saying("late", admin.open("/settings/ranking").fieldsOf(rankingForm, map[string]string{"version": "0", "weights.nice": "3"}))...)
	stale.want(http.StatusPreconditionFailed, "stored version 1 while you were at it", "Weight of a blocker", `value="3"`)
	admin.submit("/settings/ranking", saying("late", stale.fieldsOf(rankingForm, nil))...).want(http.StatusOK, "Stored as version 2")

	again := admin.open("/settings/ranking?use=1").want(http.StatusOK, "The form holds version 1", "as in version 1", "Weight of nice to have")
	admin.submit("/settings/ranking", again.fieldsOf(rankingForm, nil)...).want(http.StatusOK, "Stored as version 3", "as in version 1")
	if settings, err = h.server.Rank.Settings(t.Context()); err != nil || settings.Weights.Nice != 1_000_000 {
		t.Errorf("%+v %v", settings, err)
	}
	admin.open("/settings/ranking?use=9").want(http.StatusNotFound)
	admin.open("/settings/ranking?use=x").want(http.StatusBadRequest)
}

// What is wrong is told beside its field, in the unit that the field is written in.
func TestWhatIsWrongWithSettingsIsToldBesideItsField(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Admin)
	page := b.open("/settings/ranking")
	for _, c := range []struct {
		field, value, says string
	}{
		{"weights.blocker", "ten", "is no number"}, {"weights.blocker", "5000", "5000 is outside 0 to 1000"}, {"keep_urgency.red.near", "-1", "is no number"},
		{"keep_urgency.red.near", "101", "101 is outside 0 to 100"}, {"recovery.churned", "120", "120 is outside 0 to 100"}, {"half_life_days", "1.5", "is no whole number"},
		{"half_life_days", "99999", "99999 is outside 0 to 36500"}, {"keep_urgency.window.near_under", "500", "must not be above far_over"},
		{"currency", "XXX", "write an ISO 4217 code"}, {"scenarios[4].name", "No Good", "lower-case letters"}, {"scenarios[1].name", "budget", "another of this name"},
		{"scenarios[2].weights.nice", "x", "is no number"}, {"scenario", "gone", "is none of the scenarios"}, {"new_rates[0].currency", "EUR", "is no rate"},
	} {
		change := map[string]string{c.field: c.value, "reason": "why"}
		a := b.submit("/settings/ranking", page.fieldsOf(rankingForm, change)...).want(http.StatusBadRequest)
		if !strings.Contains(a.body, `id="fault-`+c.field+`"`) && !strings.Contains(a.body, `id="fault-`+strings.Replace(c.field, "currency", "ppm", 1)+`"`) || !strings.Contains(html.UnescapeString(a.body), c.says) {
			t.Errorf("%s %q: the page does not say beside the field that it %s", c.field, c.value, c.says)
		}
		b.part(page.fieldsOf(rankingForm, change)...).want(http.StatusOK, "This cannot be tried")
	}
	bad := page.fieldsOf(rankingForm, map[string]string{"new_rates[2].currency": "EUR", "new_rates[2].ppm": "1.1", "new_rates[2].from": "tomorrow", "reason": "why"})
	b.submit("/settings/ranking", bad...).want(http.StatusBadRequest, `id="fault-new_rates[2].from"`, "write a day")
	b.submit("/settings/ranking", "version", "x").want(http.StatusBadRequest, "load the page again")
}

func TestScenariosAreAddedAndRemovedByTheForm(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.Admin)
	change := map[string]string{"reason": "why", "scenarios[3].remove": "yes", "scenarios[4].name": "fresh", "scenarios[4].half_life_days": "20", "scenarios[4].weights.blocker": "20",
		"sharing": "full", "scenario": "balanced"}
	b.submit("/settings/ranking", b.open("/settings/ranking").fieldsOf(rankingForm, change)...).want(http.StatusOK, "Stored as version 1", "<b>fresh</b>", "Scenario that is shown", "<b>balanced</b>").lacks("<b>breadth</b>")
	s, err := h.server.Rank.Settings(t.Context())
	must(t, err)
	if len(s.Scenarios) != 4 || s.Scenarios[3].Weights == nil || *s.Scenarios[3].Weights != (rank.Weights{Blocker: 20_000_000, Important: 4_000_000, Nice: 1_000_000, Unset: 2_000_000}) ||
		*s.Scenarios[3].HalfLifeDays != 20 {
		t.Errorf("%+v", s.Scenarios)
	}
	b.part(b.open("/settings/ranking").fieldsOf(rankingForm, map[string]string{"sharing": "budget"})...).want(http.StatusOK, "The scenario balanced, which is shown, sets that itself")
}

func TestTheDeduperIsToldByItsPage(t *testing.T) {
	h := build(t, nil)
	pm, admin := h.visit(clamor.PM), h.visit(clamor.Admin)
	pm.open("/settings/deduper").want(http.StatusOK, "Nothing is placed yet")
	h.feed()
	const form = "/settings/deduper/try"
	page := pm.open("/settings/deduper?other=1").want(http.StatusOK, "The latest 4 asks", "1.00 would change", "Would stand alone", "cannot renew without SAML", "an admin stores them")
	fields := page.fieldsOf(form, map[string]string{"caution": "0.1", "word": "night screen", "others": "dark mode"})
	pm.submit(form, fields...).want(http.StatusOK, "1 would be read in other words", `value="night screen"`)
	pm.submit("/settings/deduper", fields...).want(http.StatusForbidden)
	for field, value := range map[string]string{"caution": "bold", "word": "a: b", "others": "x # y"} {
		pm.submit(form, page.fieldsOf(form, map[string]string{"word": "sso", "others": "one login", field: value})...).want(http.StatusBadRequest, `id="fault-`+field+`"`)
	}
	fields = admin.open("/settings/deduper").fieldsOf(form, map[string]string{"caution": "0.1", "word": "night screen", "others": "dark mode"})
	admin.submit("/settings/deduper", fields...).want(http.StatusBadRequest, "say why")
	h.woken.Store(0)
	admin.submit("/settings/deduper", saying("our word", fields)...).want(http.StatusOK, "Stored as version 1", "our word", "Read as night screen", "Caution")
	if h.woken.Load() == 0 {
		t.Error("nobody told the workers")
	}
	stale := admin.submit("/settings/deduper", saying("late", fields)...).want(http.StatusPreconditionFailed, "stored version 1 while you were at it", `value="night screen"`)
	if got := stale.find(`name="version" value="(\d+)"`); got != "1" {
		t.Errorf("the form begins from version %s", got)
	}
	h.work()
	admin.submit("/settings/deduper", saying("not needed", admin.open("/settings/deduper").fieldsOf(form, map[string]string{"drop": "0"}))...).want(http.StatusOK, "Stored as version 2", "None yet")
	again := admin.open("/settings/deduper?use=1").want(http.StatusOK, "The form holds version 1", "as in version 1", "night screen")
	admin.submit("/settings/deduper", again.fieldsOf(form, nil)...).want(http.StatusOK, "Stored as version 3")
	now, err := h.db.DeduperSettings(t.Context())
	must(t, err)
	if now.Synonyms != "night screen: dark mode\n" || now.Caution != 0.1 {
		t.Errorf("%+v", now)
	}
	admin.open("/settings/deduper?other=9").want(http.StatusBadRequest, "between -1 and 1")
	admin.open("/settings/deduper?use=9").want(http.StatusNotFound)
}

func TestDoubtsAreSettledByRulings(t *testing.T) {
	h := build(t, nil)
	h.feed()
	b := h.visit(clamor.PM)
	b.open("/settings/deduper/doubts").want(http.StatusOK, "No doubts")
	from, to := h.titled("SAML single sign-on").ID, h.titled("Dark mode for the mobile application").ID
	ask := b.open("/features/" + string(from)).find(`id="ask-([^"]+)"`)
	moved := b.submit("/settings/deduper/doubts", "ask", ask, "feature", string(from), "target", string(to), "do", "move").want(http.StatusOK, "Moved.", "Undo")
	h.work()
	b.submit(moved.find(`action="(/rulings/[^"]+/undo)"`), "back", "/settings/deduper/doubts").want(http.StatusOK, "Doubts")
	b.submit("/settings/deduper/doubts", "ask", ask, "feature", string(from), "do", "leave").want(http.StatusOK, "It stays where it is")
	b.submit("/settings/deduper/doubts", "ask", ask, "feature", string(from), "do", "move").want(http.StatusBadRequest, "target")
}
