package api_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"clamor"
)

// TestAnAdminKeepsTheHouseInABrowser walks through who may come in, which programs may, the names of teams, and the log.
func TestAnAdminKeepsTheHouseInABrowser(t *testing.T) {
	browser := launch(t)
	raw, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	for _, l := range []look{{1440, 900, "light", true}, {360, 740, "dark", true}, {360, 740, "light", false}} {
		t.Run(l.String(), func(t *testing.T) {
			h := build(t, nil)
			h.feed()
			p := newTab(t, browser, h, l)
			p.do(chromedp.Navigate(h.url + h.invitation(clamor.Admin)))
			p.on("list")
			p.keepPeople(string(raw))
			p.keepTokens(string(raw))
			p.keepTeams(string(raw))
			p.spotless()
		})
	}
}

func (p *tab) keepPeople(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + "/settings/people"))
	p.on("people")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS(`aside [name="name"]`), "Rita Rep"), chromedp.SendKeys(chromedp.CSS(`aside [name="email"]`), "rita"))
	p.click("aside .primary", "people")
	p.forgive("400")
	p.sees("write an address")
	p.inspect(axe)
	p.write(`aside [name="email"]`, "rita@ours.example")
	p.click("aside .primary", "people")
	p.sees("A link for Rita Rep", "invited, until")
	p.inspect(axe)
	if p.look.script {
		p.tap(".made .copyable button")
		p.do(chromedp.WaitReady(chromedp.CSS(".made .copyable button")))
	}
	p.click(`.members tr:last-child a`, "person")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS(`[name="role"]`), "PM"))
	p.click("form.card .primary", "person")
	p.sees("Saved.", "Role pm")
	p.click(`.doing form[action$="/link"] button`, "person")
	p.sees("A link for Rita Rep")
	p.tap(".remove summary")
	p.click(".remove .danger", "people")
	p.sees("Removed.")
	p.do(chromedp.Navigate(p.house.url + "/settings/log?kind=people"))
	p.on("log")
	p.sees("invited Rita Rep as reporter", "removed Rita Rep")
	p.inspect(axe)
}

func (p *tab) keepTokens(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + "/settings/tokens"))
	p.on("tokens")
	p.do(chromedp.SendKeys(chromedp.CSS(`aside [name="name"]`), "Zoe"))
	p.click("aside .primary", "tokens")
	p.sees("A token for Zoe", "A command that works with it")
	p.inspect(axe)
	p.click(".members tr:last-child button", "tokens")
	p.sees("Removed.")
	p.inspect(axe)
}

func (p *tab) keepTeams(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + "/settings/teams"))
	p.on("teams")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS(`.addlabel [name="name"]`), "Core"))
	p.click(".addlabel button", "teams")
	p.sees("Core", "no feature")
	p.tap(".labels .pop summary")
	p.do(chromedp.WaitVisible(chromedp.CSS(`.labels [name="to"]`)))
	p.write(`.labels [name="to"]`, "Core team")
	p.inspect(axe)
	p.click(".labels .pop .primary", "teams")
	p.sees("Core team")
	p.click(`.labels form[action$="/remove"] button`, "teams")
	p.sees("Removed.", "None yet")
	p.click(".who button", "signin")
	p.do(chromedp.Navigate(p.house.url + "/join?token=guess"))
	p.on("signin")
	p.sees("ask an admin for a new one")
	p.forgive("401")
	p.inspect(axe)
}
