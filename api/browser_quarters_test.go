package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"clamor"
)

func TestQuartersInARealBrowser(t *testing.T) {
	browser := launch(t)
	axe, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	for _, l := range []look{{1440, 900, "light", true}, {360, 740, "dark", true}, {360, 740, "light", false}} {
		t.Run(l.String(), func(t *testing.T) {
			h := build(t, nil)
			h.frozenBefore()
			h.hostileFeed()
			newTab(t, browser, h, l).freezeTheQuarter(string(axe))
		})
	}
}

// freezeTheQuarter goes the way of a PM at the end of a quarter: what moved, what the scenarios say, the checklist, the freeze, the
// preview of the export, and a correction.
func (p *tab) freezeTheQuarter(axe string) {
	p.Helper()
	running := thisQuarter().String()
	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.PM)))
	p.on("list")
	p.click(`.rank a.cause`, "compare")
	p.sees("the sum of these lines", "new, changed or withdrawn asks")
	p.inspect(axe)
	p.click(`.causes-table a`, "compare")
	p.sees("Only features that")
	p.inspect(axe)
	p.click(`.bar a[href="/quarters"]`, "quarters")
	p.inspect(axe)
	p.click(`a[href^="/quarters?verify="]`, "quarters")
	p.sees("holds, byte for byte")
	p.inspect(axe)
	p.click(`.running h2 a`, "quarter")
	p.sees("Not published yet")
	p.inspect(axe)
	p.click(`a[href$="/scenarios"]`, "scenarios")
	p.do(chromedp.SendKeys(chromedp.CSS(`select[name="b"]`), "breadth"))
	p.click(".filters .primary", "scenarios")
	p.sees("budget and breadth")
	p.inspect(axe)
	p.click(".crumb a", "quarter")
	p.click(`.road a[href$="/freeze"]`, "freeze")
	p.sees("The quarter is not over", "No feature is pinned")
	p.do(chromedp.Click(chromedp.CSS(".checks summary")), chromedp.WaitVisible(chromedp.CSS(".checks li li")))
	p.inspect(axe)
	p.click("form.acts .primary", "quarter")
	p.sees("Frozen. This list stays as it is now.")
	p.inspect(axe)
	p.click(`.road a[href$="/export"]`, "export")
	p.click(".crumb a", "quarter")
	p.do(chromedp.SendKeys(chromedp.CSS(`form.narrowform [name="reason"]`), "a note came late"))
	p.click(`form[action="/quarters/`+running+`/revise"] button`, "quarter")
	p.sees("a note came late")
	p.click(`a[href*="from=`+running+`.1"]`, "compare")
	p.sees("revision 1", "revision 2")
	p.inspect(axe)
	p.spotless()
}
