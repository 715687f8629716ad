package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"clamor"
)

// An admin connects a source, sees its first delivery arrive, finds out why another one is dead, mends the mapping on it, and replays it.
func TestSourcesInARealBrowser(t *testing.T) {
	browser := launch(t)
	raw, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	for _, l := range []look{{1440, 900, "light", true}, {360, 740, "dark", true}, {360, 740, "light", false}} {
		t.Run(l.String(), func(t *testing.T) {
			p := newTab(t, browser, build(t, nil), l)
			p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.Admin)))
			p.on("list")
			secret := p.connects(string(raw))
			p.seesItArrive(string(raw))
			p.findsItDead(string(raw), secret)
			p.mendsTheMapping(string(raw))
			p.replaysIt(string(raw))
			p.spotless()
		})
	}
}

// connects makes a source from the pages alone, and gives its secret.
func (p *tab) connects(axe string) string {
	p.Helper()
	p.click(`.bar a[href="/sources"]`, "sources")
	p.inspect(axe)
	p.click(`.actions a[href="/sources/new"]`, "kinds")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS(`input[name="q"]`), "json mapping"))
	if p.look.script {
		p.until(`document.querySelectorAll(".kinds li").length === 1`)
	} else {
		p.click(".filters button", "kinds")
	}
	p.click(`.kinds a[href="/sources/new?kind=json"]`, "connect")
	p.inspect(axe)
	p.click("form.card .primary", "source")
	p.sees("Connected.", "Waiting for the first delivery", "http://clamor.example/hooks/json")
	p.inspect(axe)
	return ask[string](p, `document.querySelector("#secret").textContent`)
}

// seesItArrive runs what the page prints, and waits for the page to tell what came.
func (p *tab) seesItArrive(axe string) {
	p.Helper()
	lines := ask[string](p, `document.querySelector("#command").textContent`)
	p.house.run(strings.ReplaceAll(lines, "http://clamor.example", p.house.url))
	p.house.work()
	if p.look.script {
		p.until(`document.querySelector("#arrival").textContent.includes("Arrived: 1 note")`)
		p.until(`!document.querySelector("#arrival").hasAttribute("hx-get")`)
	} else {
		p.click("[data-reload]", "source")
	}
	p.sees("Arrived: 1 note and 1 ask", "Sample account", "hello button")
	p.inspect(axe)
}

// findsItDead sends what nobody can read yet, and goes to see why.
func (p *tab) findsItDead(axe, secret string) {
	p.Helper()
	const body = `{"data":{"note":"They cannot renew without SAML single sign-on.","org":{"name":"Northwind","domain":"northwind.example"}},"tags":["a"]}`
	p.house.send(http.MethodPost, "/hooks/json", body, map[string]string{"Authorization": "Bearer " + secret, "Content-Type": "application/json"}).want(http.StatusAccepted)
	p.house.work()
	p.click(`.bar a[href="/sources"]`, "sources")
	p.click(`td a[href*="state=dead"]`, "deliveries")
	p.sees("is missing", "Replay the dead ones")
	p.inspect(axe)
	p.click(".deliveries td a", "delivery")
	p.sees("is missing", "Indented for reading")
	p.inspect(axe)
	p.click(`a[href*="/mapping"]`, "mapping")
	p.inspect(axe)
}

// mendsTheMapping says where the fields stand: one by typing, one by picking.
func (p *tab) mendsTheMapping(axe string) {
	p.Helper()
	pick := func(path string) string { return `.paths button[value="` + path + `"]` }
	if p.look.script {
		p.do(chromedp.SendKeys(chromedp.CSS(`[name="map.text"]`), "data.note"))
		p.until(`document.querySelector("#at-text").textContent.includes("cannot renew")`)
		if got := ask[string](p, `document.activeElement.name + " " + document.activeElement.value`); got != "map.text data.note" {
			p.Errorf("after typing, the keyboard is at %q", got)
		}
		p.do(chromedp.Click(chromedp.CSS(".fieldgroup:nth-of-type(2) summary")))
		p.do(chromedp.Focus(chromedp.CSS(`[name="map.account.name"]`)), chromedp.Click(chromedp.CSS(pick("data.org.name"))))
		p.until(`document.querySelector('[name="map.account.name"]').value === "data.org.name"`)
		p.until(`document.querySelector("#tried").textContent.includes("would be a new account")`)
	} else {
		p.click(pick("data.note"), "mapping")
		p.do(chromedp.Click(chromedp.CSS(".fieldgroup:nth-of-type(2) summary")), chromedp.SendKeys(chromedp.CSS(`[name="map.account.name"]`), "data.org.name"))
		p.click(`button[value="try"]`, "mapping")
	}
	p.sees("1 note", "Northwind", "would be a new account")
	p.inspect(axe)
	p.click(`button[value="save"]`, "mapping")
	p.sees("Saved.")
}

// replaysIt has the dead ones read by the new mapping.
func (p *tab) replaysIt(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + "/deliveries?source=json&state=dead"))
	p.on("deliveries")
	p.do(chromedp.Click(chromedp.CSS(".pop summary")))
	p.inspect(axe)
	p.click(".pop .primary", "deliveries")
	p.sees("Being read anew", "None")
	p.house.work()
	p.do(chromedp.Navigate(p.house.url + "/sources/json"))
	p.sees("Arrived: 1 note and 1 ask", "Northwind", "replayed")
	p.inspect(axe)
	p.click(`.arrival a[href^="/notes/"]`, "note")
}
