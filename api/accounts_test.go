package api_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"clamor"
	"clamor/rank"
)

// twoTwins gives the house two accounts of one name, an ask of each, and a record that may speak of either.
func (h *house) twoTwins() {
	h.t.Helper()
	now := time.Now().UTC().Format(time.RFC3339)
	h.hook("gong", `{"notes":[
		{"id":"t1","occurred_at":"`+now+`","text":"SAML single sign-on please","account":{"name":"Twin","domain":"twin.example","arr":4800000,"currency":"USD"},"asks":[{"text":"SAML single sign-on"}]},
		{"id":"t2","occurred_at":"`+now+`","text":"Dark mode","account":{"name":"Twin","domain":"twin.invalid","arr":100000,"currency":"USD"},"asks":[{"text":"Dark mode for the mobile application"}]}]}`).want(http.StatusAccepted)
	h.work()
	h.hook("gong", `{"id":"t3","occurred_at":"`+now+`","text":"Offline maps","account":{"name":"Twin"},"asks":[{"text":"Offline maps"}]}`).want(http.StatusAccepted)
	h.work()
}

func TestAPersonSaysWhichAccountARecordMeans(t *testing.T) {
	h := build(t, nil)
	h.twoTwins()
	b := h.visit(clamor.PM)
	b.open("/").lacks("Offline maps")
	b.open("/accounts").want(http.StatusOK, "Which account?", ">1</span>")
	h.visit(clamor.Viewer).open("/accounts").want(http.StatusOK).lacks("Which account?")
	page := b.open("/accounts/ambiguous").want(http.StatusOK, "note t3", "2 accounts are called", "twin.example", "twin.invalid", "48,000 USD a year", "A new account")
	path, account := page.find(`action="(/accounts/ambiguous/[^"]+)"`), page.find(`value="(account_[^"]+)" required><span><b dir="auto">Twin</b><span class="meta">48,000 USD`)
	b.submit(path).want(http.StatusBadRequest, "hoose an account")
	b.submit(path, "account", account, "always", "1").want(http.StatusOK, "Nothing waits", "read again")
	b.submit(path, "account", account).want(http.StatusConflict)
	h.work()
	b.open("/accounts/"+account).want(http.StatusOK, "Offline maps")
	h.hook("gong", `{"id":"t4","text":"Bulk edit of work orders","account":{"name":"Twin"},"asks":[{"text":"Bulk edit of work orders"}]}`).want(http.StatusAccepted)
	h.work()
	b.open("/accounts/"+account).want(http.StatusOK, "Bulk edit of work orders") // always, it was said
}

func TestARecordMayMeanANewAccount(t *testing.T) {
	h := build(t, nil)
	h.twoTwins()
	b := h.visit(clamor.PM)
	path := b.open("/accounts/ambiguous").find(`action="(/accounts/ambiguous/[^"]+)"`)
	b.submit(path, "account", "new").want(http.StatusOK, "Nothing waits")
	h.work()
	if stats, err := h.db.Stats(t.Context()); err != nil || stats.Accounts != 3 {
		t.Errorf("%d accounts (%v), want a third", stats.Accounts, err)
	}
	b.open("/").want(http.StatusOK, "Offline maps")
}

// The preview of a merge says what the list is afterwards, an undo brings back what was, and the account's page follows both.
func TestTwoAccountsAreMergedWithAPreviewAndUndone(t *testing.T) {
	h := build(t, nil)
	h.twoTwins()
	b := h.visit(clamor.PM)
	ids := map[string]string{}
	for _, arr := range []string{"48,000", "1,000"} {
		ids[arr] = b.open("/accounts/ambiguous").find(`value="(account_[^"]+)" required><span><b dir="auto">Twin</b><span class="meta">` + arr + ` USD`)
	}
	large, small := ids["48,000"], ids["1,000"]
	b.open("/accounts/"+small+"/merge").want(http.StatusOK, "Which account is it the same as?", "twin.example")
	preview := b.open("/accounts/"+small+"/merge?into="+large).want(http.StatusOK, "Do these two count as one?", "What it would do", "Dark mode for the mobile application")
	before := h.scores()
	after := preview.find(`would add up to ([\d.,]+[kM]?) USD`)
	b.submit("/accounts/"+small+"/merge", "into", large, "reason", " ").want(http.StatusBadRequest, "Say how you know", "Do these two count as one?")
	b.submit("/accounts/"+small+"/merge", "into", large, "reason", "the same company").want(http.StatusOK, "count as one now", "Counts as this account", "the same company", "twin.invalid", "Dark mode for the mobile application")
	merged := h.scores()
	if fmt.Sprint(merged) == fmt.Sprint(before) {
		t.Error("the merge changed no score")
	}
	b.open("/").want(http.StatusOK, ">"+after+"</dd>")
	b.open("/accounts/"+small).want(http.StatusOK, `/accounts/`+large+`/merge`) // it is the page of the one that stays
	b.open("/accounts/" + small + "/merge").want(http.StatusNotFound)
	feature := b.feature("Dark mode for the mobile application")
	b.open("/features/"+string(feature)).want(http.StatusOK, "/accounts/"+large).lacks("/accounts/" + small)
	b.submit("/accounts/"+small+"/unmerge").want(http.StatusOK, "Taken back").lacks("Counts as this account")
	if got := h.scores(); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("after the undo %v, before %v", got, before)
	}
}

// scores are those of the running list.
func (h *house) scores() map[clamor.FeatureID]int64 {
	h.t.Helper()
	lister, err := rank.NewService(h.db, rank.Options{Settings: rank.Defaults(), Now: time.Now})
	must(h.t, err)
	list, err := lister.List(h.t.Context(), rank.Query{Quarter: clamor.QuarterOf(clamor.DateOf(time.Now()), 0)})
	must(h.t, err)
	all := map[clamor.FeatureID]int64{}
	for _, e := range list.Entries {
		all[e.Feature.ID] = e.Score
	}
	return all
}
