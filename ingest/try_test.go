package ingest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clamor"
	"clamor/ingest"
)

// knows recognises accounts by their name alone.
type knows map[string]clamor.Match

func (k knows) Recognise(_ context.Context, records []clamor.AccountFacts) ([]clamor.Match, error) {
	var all []clamor.Match
	for _, f := range records {
		m, ok := k[f.Name]
		if !ok {
			m = clamor.Match{Outcome: clamor.MatchNew}
		}
		all = append(all, m)
	}
	return all, nil
}

func try(t *testing.T, body string) ingest.Trial {
	t.Helper()
	known := knows{"Northwind": {Outcome: clamor.MatchKnown, Account: "account_1", Name: "Northwind"},
		"Twin": {Outcome: clamor.MatchAmbiguous, Reason: "2 accounts are called \"Twin\""}}
	trial, err := ingest.Try(context.Background(), known, clamor.Source{Name: "crm", Kind: "generic"}, http.Header{}, []byte(body), "USD", noon())
	if err != nil {
		t.Fatal(err)
	}
	return trial
}

func TestATrialShowsWhatWouldComeOut(t *testing.T) {
	trial := try(t, `{"notes": [
  {"id": "1", "text": "They cannot renew without SAML.", "account": {"name": "Northwind", "arr": 4800000},
   "deal": {"id": "006", "amount": 100, "currency": "EUR"}, "asks": [{"text": "SAML", "quote": "renew without SAML", "priority": "blocker"}]},
  {"id": "2", "text": "x", "account": "Newcomer"}
]}`)
	if len(trial.Notes) != 2 || len(trial.Problems) != 0 {
		t.Fatalf("%+v", trial)
	}
	first := trial.Notes[0]
	if first.Account.Match.Account != "account_1" || first.Account.ARR.Minor != 4800000 || first.Deal == nil || first.Deal.Amount.Currency != "EUR" {
		t.Errorf("the first note is %+v", first)
	}
	want := []ingest.TriedAsk{{Text: "SAML", Quote: "renew without SAML", Start: 12, End: 30, Priority: clamor.Blocker}}
	if d := cmp.Diff(want, first.Asks); d != "" {
		t.Errorf("asks (-want +got):\n%s", d)
	}
	if got := trial.Notes[1].Account.Match.Outcome; got != clamor.MatchNew {
		t.Errorf("the second account is %s, want new", got)
	}
}

func TestATrialTellsEveryProblemByLineAndField(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []ingest.Problem
	}{
		{"several faults", "{\"notes\": [\n  {\"text\": \"\", \"account\": \"A\"},\n  {\"text\": \"x\",\n   \"account\": {\"name\": \"B\",\n     \"arr\": -1}},\n{\"text\": \"y\"}]}",
			[]ingest.Problem{{2, "notes[0].text", "is missing: send the words of the note"}, {5, "notes[1].account.arr", ""}, {6, "notes[2].account", ""}}},
		{"an array is the whole text", "[\n{\"text\": \"x\"},\n{\"text\": \"\",\"account\":\"A\"}]", []ingest.Problem{{2, "notes[0].account", ""}, {3, "notes[1].text", ""}}},
		{"one note", "{\n\"text\": \"x\",\n\"account\": {\"name\": \"A\"},\n\"url\": \"ftp:x\"}", []ingest.Problem{{4, "url", ""}}},
		{"no JSON in its third line", "{\n\"text\": \"x\",\n]", []ingest.Problem{{3, "", ""}}},
		{"no JSON at all", "hello", []ingest.Problem{{0, "", ""}}},
		{"an account that may be two", `{"text": "x", "account": "Twin"}`, []ingest.Problem{{0, "notes[0].account", "2 accounts are called \"Twin\""}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := try(t, c.body).Problems
			for i := range got {
				if got[i].Message == "" {
					t.Errorf("problem %d has no words", i)
				}
				if i < len(c.want) && c.want[i].Message == "" {
					got[i].Message = ""
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzTry(f *testing.F) {
	f.Add(`{"notes": [{"text": "x", "account": {"arr": -1}}]}`)
	f.Add("[\n1, {\"a\": [[[]]]}]")
	f.Add("{\"notes\":[{\"text\":\"\\ud800\"}]}")
	f.Fuzz(func(t *testing.T, body string) {
		trial, err := ingest.Try(context.Background(), knows{}, clamor.Source{Name: "crm", Kind: "generic"}, http.Header{}, []byte(body), "USD", noon())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(trial); err != nil {
			t.Error(err)
		}
	})
}
