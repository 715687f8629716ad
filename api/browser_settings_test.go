package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"clamor"
)

func TestSettingsInARealBrowser(t *testing.T) {
	browser := launch(t)
	axe, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	for _, l := range []look{{1440, 900, "dark", true}, {360, 740, "light", true}, {1440, 900, "light", false}} {
		t.Run(l.String(), func(t *testing.T) {
			h := build(t, nil)
			h.feed()
			h.hostileFeed()
			newTab(t, browser, h, l).tuneAndUndo(string(axe))
		})
	}
}

// set replaces what stands in a field, as somebody who types.
func (p *tab) set(field, value string) {
	p.Helper()
	selector := `[name="` + field + `"]`
	ask[bool](p, `document.querySelector('`+selector+`').value = "", true`)
	p.do(chromedp.SendKeys(chromedp.CSS(selector), value))
}

// tuneAndUndo changes a weight as a PM, sees what would move, stores it as an admin, takes it back by using the old version again, and
// looks into the deduper's lab.
func (p *tab) tuneAndUndo(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.PM)))
	p.on("list")
	p.click(`.bar a[href="/settings"]`, "ranking")
	p.inspect(axe)
	p.set("weights.blocker", "0.5")
	if p.look.script {
		p.until(`document.querySelector("#preview").textContent.includes("Weight of a blocker")`)
		p.set("weights.important", "x")
		p.until(`document.querySelector("#preview").textContent.includes("This cannot be tried")`)
		p.inspect(axe)
		p.set("weights.important", "4")
		p.until(`document.querySelector("#preview").textContent.includes("The first ten")`)
		p.inspect(axe)
	}
	p.click("#store .primary", "ranking")
	p.sees("Weight of a blocker", "The first ten", "an admin stores them")

	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.Admin)))
	p.on("list")
	for i, why := range []string{"as it was", "blockers are overdone"} {
		p.do(chromedp.Navigate(p.house.url + "/settings/ranking"))
		p.set("weights.blocker", []string{"10", "0.5"}[i])
		p.set("reason", why)
		p.click(`#store .primary`, "ranking")
	}
	p.sees("Stored as version 2", "blockers are overdone")
	p.inspect(axe)
	p.click(`.versions a[href$="use=1"]`, "ranking")
	p.sees("The form holds version 1", "The first ten")
	p.inspect(axe)
	p.click(`#store .primary`, "ranking")
	p.sees("Stored as version 3", "as in version 1")

	p.click(`.subnav a[href="/settings/deduper"]`, "deduper")
	p.inspect(axe)
	p.click(`.trials a[href*="other=0.2"]`, "deduper")
	p.inspect(axe)
	p.set("word", "night screen")
	p.set("others", "dark mode")
	p.click(`.tuner .storing button:not(.primary)`, "deduper")
	p.sees("would be read in other words")
	p.inspect(axe)
	p.set("reason", "our word")
	p.click(`.tuner .primary`, "deduper")
	p.sees("Stored as version 1", "Read as night screen")
	p.click(`.actions a[href$="/doubts"]`, "doubts")
	p.inspect(axe)
	p.spotless()
}
