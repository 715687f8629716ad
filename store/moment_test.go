package store_test

import (
	"testing"

	"clamor"
	"clamor/store"
)

func TestAQuoteLeadsToItsMomentInTheRecording(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		call, mail := intake("1", "Acme", "We need SSO.", "We need SCIM."), intake("2", "Acme", "We need an API.")
		call.Note.Text, call.Note.URL = "[00:07] Kim: We need SSO.\n[1:02:03] Kim: We need SCIM.", "https://fathom.video/share/abc"
		mail.Note.URL = "https://fathom.video/share/def"
		for i, start := range []int{13, 41} {
			call.Asks[i].Start, call.Asks[i].End = start, start+len(call.Asks[i].Quote)
		}
		take(t, db, 1, call, mail)
		for ask, want := range map[clamor.AskID]string{
			call.Asks[0].ID: "https://fathom.video/share/abc?timestamp=7",
			call.Asks[1].ID: "https://fathom.video/share/abc?timestamp=3723",
			mail.Asks[0].ID: "https://fathom.video/share/def",
		} {
			found(t, db, ask)
			quotes, err := db.Quotes(t.Context(), clamor.FoundedID(ask))
			must(t, err)
			if len(quotes) != 1 || quotes[0].URL != want {
				t.Errorf("%+v, want it to lead to %s", quotes, want)
			}
		}
	})
}
