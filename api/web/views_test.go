package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"clamor"
	"clamor/api/web"
)

// withoutTags is the text that a reader sees of a piece of a page, without the numbers of asks.
func withoutTags(piece string) string {
	piece = regexp.MustCompile(`<sup[^>]*>.*?</sup>`).ReplaceAllString(piece, "")
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(piece, ""))
}

func TestARowShowsTheLargestPartsAndWhatTheRestComesTo(t *testing.T) {
	l := sampleList()
	rows := web.Rows(l.Entries, l.Entries[0].Score, 2, names())
	r := rows[0]
	var shown int64
	for _, p := range r.Parts {
		shown += p.Contribution
	}
	if len(r.Parts) != 2 || r.More != 3 || shown+r.Rest != r.Score {
		t.Errorf("%d parts of %d and %d more of %d; the score is %d", len(r.Parts), shown, r.More, r.Rest, r.Score)
	}
	if diff := cmp.Diff([]string{"Helios Bank", "Northwind Traders", "Bramble & Co"}, r.Lead); diff != "" || r.MoreAccounts() != 2 {
		t.Errorf("and %d more, want 2; -want +got:\n%s", r.MoreAccounts(), diff)
	}
	if got := r.Bar.Keep + r.Bar.Grow; got < 99.99 || got > 100.01 {
		t.Errorf("the first bar is %v%% wide", got)
	}
	if !rows[0].Whale || rows[2].Whale {
		t.Error("75% from one account is a whale, 49% is none")
	}
}

func TestTotalsCountAnAccountOnce(t *testing.T) {
	got := web.Sum(sampleList().Entries)
	if got.Accounts != 7 || got.Score != got.Keep+got.Grow {
		t.Errorf("%+v", got)
	}
}

func TestQuotesAreGroupedByTheMoneyBehindThem(t *testing.T) {
	f := sampleFeature()
	var order []string
	quotes := 0
	for _, g := range f.Groups {
		order = append(order, g.Account.Name)
		quotes += len(g.Quotes)
	}
	want := []string{"Helios Bank", "Northwind Traders", "Bramble & Co", "Øresund Logistik A/S", "شركة الواحة"}
	if diff := cmp.Diff(want, order); diff != "" || quotes != f.Quotes {
		t.Errorf("%d quotes of %d; -want +got:\n%s", quotes, f.Quotes, diff)
	}
}

func TestAnAccountSeesWhatItsMoneySays(t *testing.T) {
	l := sampleList()
	wishes := web.Wishes(l.Entries, "account_03")
	if len(wishes) != 2 || wishes[0].Rank != 1 || wishes[0].Contribution != 134_494_817 || wishes[0].Width != 100 || wishes[1].Rank != 2 {
		t.Errorf("%+v", wishes)
	}
	if none := web.Wishes(l.Entries, "account_99"); len(none) != 0 {
		t.Errorf("an account that asks for nothing has %d wishes", len(none))
	}
}

func TestTheHistoryTellsWhatWasDone(t *testing.T) {
	titles := map[clamor.FeatureID]clamor.Feature{"a": {Title: "Single sign-on"}, "b": {Title: "Okta"}}
	one := []clamor.AskID{"ask_1"}
	rulings := []clamor.Ruling{
		{ID: "7", Kind: clamor.RuleUndo, Undoes: "1", Asks: one},
		{ID: "6", Kind: clamor.RuleMerge, Feature: "b", Target: "a"}, {ID: "5", Kind: clamor.RuleMerge, Feature: "a", Target: "b"},
		{ID: "4", Kind: clamor.RuleNotAnAsk, Asks: one, Feature: "a"}, {ID: "3", Kind: clamor.RuleSplit, Asks: one, Feature: "b", Target: "a"},
		{ID: "2", Kind: clamor.RuleMove, Asks: []clamor.AskID{"x", "y"}, Feature: "a", Target: "b"}, {ID: "1", Kind: clamor.RuleMove, Asks: one, Feature: "b", Target: "a", By: "Ada"},
		{ID: "0", Kind: clamor.RuleConfirm, Asks: one, Feature: "a"}, {ID: "u", Kind: clamor.RuleUndo, Undoes: "elsewhere"}, {ID: "m", Kind: clamor.RuleMove, Asks: one, Feature: "a", Target: "gone"},
	}
	var got []string
	for _, e := range web.Tell("a", rulings, titles) {
		got = append(got, e.Text)
	}
	want := []string{"took back what Ada did: moved an ask here from “Okta”", "merged “Okta” into this", "merged this into “Okta”", "took an ask out: not an ask",
		"made this feature of an ask from “Okta”", "moved 2 asks to “Okta”", "moved an ask here from “Okta”", "confirmed an ask", "took back a ruling", "moved an ask to “gone”"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAssetsAreServedForEverAndFromHereAlone(t *testing.T) {
	s := site(t)
	body := page(t, s, samples()[0])
	links := regexp.MustCompile(`/static/[^"]+`).FindAllString(body, -1)
	if len(links) < 3 {
		t.Fatalf("the page refers to %q", links)
	}
	for i := 0; i < len(links); i++ {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, links[i], nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", links[i], w.Code, w.Header())
		}
		if strings.Contains(links[i], ".css") {
			if strings.Contains(w.Body.String(), "://") || strings.Contains(w.Body.String(), "@import") {
				t.Errorf("%s leads to another host", links[i])
			}
			links = append(links, regexp.MustCompile(`/static/[^"]+`).FindAllString(w.Body.String(), -1)...)
		}
	}
	if fonts := strings.Count(strings.Join(links, " "), ".woff2"); fonts != 2 {
		t.Errorf("the style sheet refers to %d fonts that are there, want 2", fonts)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/static/clamor.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("a name without a hash: %d, want 404: it would be kept for ever", w.Code)
	}
}
