package api_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"clamor"
	"clamor/api"
	"clamor/ingest"
	"clamor/store"
)

// firstDay makes a house in which nothing is yet, with all that an admin needs on the first day.
func firstDay(t *testing.T) (*house, company) {
	t.Helper()
	c := company{}
	ctx, stop := context.WithCancel(context.Background())
	var worker sync.WaitGroup
	t.Cleanup(func() { stop(); worker.Wait() })
	dir := t.TempDir()
	h := build(t, func(o *api.Options) {
		db := o.Store.(*store.DB)
		files := ingest.NewUploads(ingest.NewService(db, time.Now, ingest.Options{}), db, ingest.UploadOptions{Dir: dir, Owner: "test", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
		o.Samples, o.Uploads = &c, files
		worker.Go(func() { files.Run(ctx) })
	})
	c.house = h
	return h, c
}

// TestTheFirstDayInARealBrowser goes the way of a new admin: sample data and away with it, an import with rows that are refused, a pasted
// note, the first list, and an account that a person has to name.
func TestTheFirstDayInARealBrowser(t *testing.T) {
	browser := launch(t)
	raw, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	for _, l := range []look{{1440, 900, "light", true}, {360, 740, "dark", true}, {360, 740, "light", false}} {
		t.Run(l.String(), func(t *testing.T) {
			h, c := firstDay(t)
			p := newTab(t, browser, h, l)
			p.do(chromedp.Navigate(h.url + h.invitation(clamor.Admin)))
			p.on("list")
			p.sees("Three steps to your first list", "Load sample data")
			p.inspect(string(raw))
			p.sampleAndAway(string(raw), c)
			p.importAndPaste(string(raw))
			p.nameTheAccount(string(raw))
			p.forgive("400")
			p.spotless()
		})
	}
}

// sampleAndAway loads the sample company, looks at its list, and removes it.
func (p *tab) sampleAndAway(axe string, c company) {
	p.Helper()
	p.click(".trysample button", "sample")
	p.sees("Loading sample data")
	p.inspect(axe)
	c.arrive()
	if !p.look.script {
		p.click("#sample a.button", "list")
	}
	p.on("list") // the script sees for itself that it is done
	p.sees("Sample data.", "Offline mode")
	p.inspect(axe)
	p.click(".samplebar a.button", "unsample")
	p.inspect(axe)
	p.click(".sheet .primary", "list")
	p.sees("The sample data is gone", "Three steps to your first list")
	p.house.work()
}

// importAndPaste brings accounts by a file of which some rows are refused, and a note by the form.
func (p *tab) importAndPaste(axe string) {
	p.Helper()
	file := filepath.Join(p.TempDir(), "crm.csv")
	must(p, os.WriteFile(file, []byte(crmFile+"Globex,globex.invalid,7000,red,01/02/2027\n"), 0o600))
	p.click(`.step a[href="/imports/new"]`, "newimport")
	p.inspect(axe)
	p.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type="file"]`), []string{file}))
	p.click("form .primary", "import")
	p.sees("which column holds what?", "Not read: Money in")
	p.inspect(axe)
	p.do(chromedp.SetValue(chromedp.CSS(`select[name="field_arr"]`), "Money in"), chromedp.Click(chromedp.CSS(`input[value="dmy"]`)))
	p.click("form .primary", "import")
	p.ended()
	p.sees("this would happen", "Import 3 rows", "is no amount", "52,000 USD")
	p.inspect(axe)
	p.click("#ended .primary", "import")
	p.ended()
	p.sees("Imported", "Download what was refused")
	p.inspect(axe)
	p.do(chromedp.Navigate(p.house.url + "/imports"))
	p.on("imports")
	p.sees("crm.csv", "done")
	p.inspect(axe)
	p.click(".brand", "list")
	p.sees("done: 3 known")
	p.click(`.step a[href="/notes/new"]`, "send")
	p.do(chromedp.SendKeys(chromedp.CSS(`[name="account"]`), "Northwind"), chromedp.SendKeys(chromedp.CSS(`[name="text"]`), "They cannot renew without single sign-on through Okta."))
	p.click("form.stack .primary", "mine")
	p.house.work()
	p.click(".brand", "list")
	p.sees("single sign-on through Okta", "Northwind", "104,000")
}

// ended waits until the machine is done with an import: by itself with a script, by loading the page again without.
func (p *tab) ended() {
	p.Helper()
	if p.look.script {
		p.do(chromedp.WaitVisible(chromedp.CSS("#ended")))
		return
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if ask[bool](p, `document.querySelector("#ended") !== null`) {
			return
		}
		p.do(chromedp.Reload())
		p.on("import")
	}
	p.Fatal("the import does not end")
}

// nameTheAccount says which of two accounts of one name a note means, and then that the two are one.
func (p *tab) nameTheAccount(axe string) {
	p.Helper()
	p.house.hook("gong", `{"id":"a1","text":"Offline maps for the depot.","account":{"name":"Globex"},"asks":[{"text":"Offline maps for the depot"}]}`)
	p.house.work()
	p.do(chromedp.Navigate(p.house.url + "/accounts"))
	p.on("accounts")
	p.inspect(axe)
	p.click(`a[href="/accounts/ambiguous"]`, "ambiguous")
	p.sees("Globex", "globex.example", "globex.invalid", "A new account")
	p.inspect(axe)
	p.do(chromedp.Click(chromedp.CSS(".candidates input")))
	p.click(".question .primary", "ambiguous")
	p.sees("Nothing waits")
	p.inspect(axe)
	p.house.work()
	p.do(chromedp.Navigate(p.house.url + "/accounts?q=globex"))
	p.click(`td a[href^="/accounts/account_"]`, "account")
	p.click(`a[href$="/merge"]`, "mergeaccounts")
	p.inspect(axe)
	p.do(chromedp.Click(chromedp.CSS(".target input")))
	p.click("form.joins .primary", "mergeaccounts")
	p.sees("Do these two count as one?")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS(`[name="reason"]`), "the same company"))
	p.click("form.narrow .primary", "account")
	p.sees("count as one now", "Counts as this account")
	p.inspect(axe)
	p.click("aside form button", "account")
	p.sees("Taken back")
}
