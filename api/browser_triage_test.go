package api_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"clamor"
)

// until waits for an expression of the page to hold.
func (p *tab) until(expression string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 20*time.Second)
	defer cancel()
	wait := `new Promise(done => { const look = () => document.body.ariaBusy !== "true" && (` + expression + `) ? done(true) : setTimeout(look, 20); look(); })`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise)); err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`location + " busy " + document.body.ariaBusy + " at " + document.activeElement.outerHTML.slice(0, 80) + "\n" + document.body.innerText`))
		p.Fatalf("it never holds that %s: %v\n%s\n%v", expression, err, text, p.complaints)
	}
}

// press presses a key and waits until the desk says the words.
func (p *tab) press(key, words string) {
	p.Helper()
	p.do(chromedp.KeyEvent(key))
	p.until(fmt.Sprintf(`document.querySelector("#say").textContent.includes(%q)`, words))
}

const caseAtHand = `document.querySelector("#decide [name=at]").value`

// triageByKeys goes through triage without touching the mouse, and without one page load.
func (p *tab) triageByKeys(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.PM)))
	p.on("list")
	p.do(chromedp.Navigate(p.house.url + "/triage"))
	p.until(`document.querySelector("[data-keys] button") && window.htmx`)
	p.inspect(axe)
	ask[bool](p, `window.loadedOnce = true`)

	p.do(chromedp.KeyEvent("?"))
	p.until(`document.querySelector("dialog").open`)
	p.inspect(axe)
	ask[bool](p, `document.querySelector("dialog button").click(), new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))`)

	first := ask[string](p, caseAtHand)
	p.do(chromedp.KeyEvent("j"))
	p.until(caseAtHand + ` !== "` + first + `"`)
	p.do(chromedp.KeyEvent("k"))
	p.until(caseAtHand + ` === "` + first + `"`)
	p.press("1", "You confirmed it")
	p.until(caseAtHand + ` !== "` + first + `"`)
	p.press("x", "is no ask")
	p.press("u", "Taken back")
	p.press("u", "Taken back")
	p.until(`document.querySelectorAll(".heap li").length === 2`)
	p.press("n", "made it the feature")

	p.do(chromedp.KeyEvent("m"))
	p.until(`document.querySelector("[data-mention]").open && document.activeElement.value.includes("you noted of")`)
	ask[bool](p, `document.activeElement.blur(), true`)

	// While this page stays open, somebody else decides the case on it.
	late := ask[string](p, caseAtHand)
	_, err := p.house.db.Rule(p.ctx, clamor.Ruling{Kind: clamor.RuleNotAnAsk, Asks: []clamor.AskID{clamor.AskID(late)}, By: "Dana"})
	must(p, err)
	p.press("1", "Dana came first")
	p.forgive("409")

	// Words of a note without an ask are selected and marked.
	p.do(chromedp.Click(chromedp.CSS(`.tabs a[href*="silent"]`)))
	p.until(`document.querySelector("#decide [data-key=x]")?.value === "nothing"`)
	p.press("a", "Select the words")
	ask[bool](p, `document.activeElement.blur(), (() => { const text = document.querySelector("[data-note]").firstChild, at = text.data.indexOf("Receipts"), r = document.createRange();
		r.setStart(text, at); r.setEnd(text, at + "Receipts by mail".length); getSelection().removeAllRanges(); getSelection().addRange(r); return true; })()`)
	p.press("a", "You marked words as an ask")
	p.until(`document.querySelector("mark.this")?.textContent === "Receipts by mail"`)

	// Who does not want single keys switches them off.
	ask[bool](p, `document.querySelector("dialog [type=checkbox]").click(), true`)
	at := ask[string](p, caseAtHand)
	p.do(chromedp.KeyEvent("x"), chromedp.KeyEvent("j"))
	if now := ask[string](p, caseAtHand); now != at {
		p.Errorf("with the keys off, x and j went from %s to %s", at, now)
	}
	if !ask[bool](p, `window.loadedOnce === true`) {
		p.Error("the page was loaded anew in between")
	}
	if path := ask[string](p, `location.pathname`); !strings.HasPrefix(path, "/triage") {
		p.Errorf("the address is %s", path)
	}
	p.inspect(axe)
	p.spotless()
}

// listByHand chooses columns, sorts, keeps a view, and sets what is ticked to a status and back, as a product manager would.
func (p *tab) listByHand(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.PM)))
	p.on("list")
	p.tap(".pop.end summary")
	p.do(chromedp.WaitVisible(chromedp.CSS(".pop.end form")))
	p.inspect(axe)
	p.tap(`.pop.end input[value="keep"]`)
	p.click(".pop.end .primary", "list")
	if got := ask[int](p, `document.querySelectorAll("[data-label=Keep]").length`); got != 0 {
		p.Errorf("%d cells of a column that was switched off", got)
	}
	if p.look.width > 1200 {
		p.click(`th a[href*="sort=title"]`, "list")
	} else { // there the heads of the columns are not shown
		p.openFilters()
		p.do(chromedp.SendKeys(chromedp.CSS(".sortby select"), "Title"))
		p.click(".filters .primary", "list")
	}
	if got := ask[string](p, `document.querySelector(".title a").textContent`); got != "Dark mode for the mobile application" {
		p.Errorf("by title, the first is %q", got)
	}
	p.tap(".views .pop summary")
	p.do(chromedp.SendKeys(chromedp.CSS(`.views [name="name"]`), "By title"))
	p.click(".views .pop .primary", "list")
	p.sees("By title")
	p.inspect(axe)
	p.tap(".rank input")
	p.do(chromedp.SendKeys(chromedp.CSS("#bulk select"), "planned"))
	p.inspect(axe)
	p.click("#bulk button", "list")
	p.sees("Set 1 feature to planned.")
	p.click(".flash button", "list")
	p.sees("took it back")

	p.do(chromedp.Navigate(p.house.url + p.path("SAML single sign-on")))
	p.on("feature")
	p.tap(".tick")
	p.do(chromedp.SendKeys(chromedp.CSS("#several [name=title]"), "Okta"))
	p.inspect(axe)
	p.click(`#several [value="split"]`, "feature")
	p.sees("Okta")
	p.do(chromedp.Navigate(p.house.url + "/notes/new"))
	p.on("send")
	p.click("form.big .primary", "send")
	p.forgive("400")
	p.sees("It was not sent yet", "Which account asked?")
	p.inspect(axe)
	p.do(chromedp.SendKeys(chromedp.CSS("[name=account]"), "North"))
	if p.look.script {
		p.until(`document.querySelector("#known-accounts option")?.value === "Northwind"`)
	}
	p.do(chromedp.SendKeys(chromedp.CSS("[name=account]"), "wind"), chromedp.SendKeys(chromedp.CSS("[name=text]"), "They need a map of all sites."))
	p.click("form.big .primary", "mine")
	p.sees("Sent.")
	p.house.work()
	p.do(chromedp.Reload())
	p.on("mine")
	p.sees("Northwind")
	p.inspect(axe)
	p.spotless()
}
