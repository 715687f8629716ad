package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"clamor"
)

// tab is a page in a real browser, with all that it complained about.
type tab struct {
	*testing.T
	ctx   context.Context
	house *house
	look  look

	mu         sync.Mutex
	complaints []string
	requests   int
}

// launch starts the system's Chromium. Without one the test is skipped, but not where CI runs it.
func launch(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("chromium-browser")
	}
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("CI needs a browser: install chromium")
	}
	if err != nil {
		t.Skip("SKIPPED: no chromium here, so the pages were not tried in a real browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as its first context, which must have no time limit
		t.Fatalf("starting %s: %v", path, err)
	}
	return ctx
}

// look is how a reader looks at the pages.
type look struct {
	width, height int64
	scheme        string
	script        bool
}

func (l look) String() string {
	script := "with script"
	if !l.script {
		script = "without script"
	}
	return fmt.Sprintf("%d pixels, %s, %s", l.width, l.scheme, script)
}

// newTab opens a tab on a house.
func newTab(t *testing.T, browser context.Context, h *house, l look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &tab{T: t, ctx: ctx, house: h, look: l}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(l.width, l.height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}}}) // what still scrolls is not where the mouse clicks
		if err == nil {
			_, err = cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !l.script})
		}
		return err
	}))
	return p
}

// hear notes what a clean page never causes: errors on the console, and requests to anybody but us.
func (p *tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	complain := func(format string, args ...any) { p.complaints = append(p.complaints, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *log.EventEntryAdded:
		complain("console: %s %s", e.Entry.Level, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		complain("console.%s", e.Type)
	case *runtime.EventExceptionThrown:
		complain("exception: %s", e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		p.requests++
		if strings.HasPrefix(e.Request.URL, "data:") { // the browser's own icons, of a field for a date
			return
		}
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme+"://"+u.Host != p.house.url {
			complain("request to %s", e.Request.URL)
		}
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(p.ctx, chromedp.Location())
		p.Fatalf("at %s: %v", where, err)
	}
}

// ask runs an expression in the page.
func ask[T any](p *tab, expression string) T {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// on waits until a page of the kind is there.
func (p *tab) on(kind string) {
	p.Helper()
	p.do(chromedp.WaitReady(chromedp.CSS("body.page-" + kind + " main")))
}

// patience is how long a step of a walk may take: a machine that does much else besides is slow, not broken.
const patience = 2 * time.Minute

// settle waits until the page is loaded with its fonts and what a selector finds stands still in the middle of the window: what still moves is
// not where the mouse clicks.
func (p *tab) settle(selector string) {
	p.Helper()
	where := fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		if (!e || document.readyState !== "complete" || document.fonts.status !== "loaded") return "";
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect();
		return r.width ? [r.x, r.y, r.width, r.height].join() : "";
	})()`, selector)
	for begun, last := time.Now(), "nowhere"; ; {
		at := ask[string](p, where)
		if at != "" && at == last {
			return
		}
		if last = at; time.Since(begun) > patience {
			p.Fatalf("%s does not come to rest", selector)
		}
	}
}

// click clicks on what a selector finds, and waits until the page that follows is loaded and of the kind.
func (p *tab) click(selector, kind string) {
	p.Helper()
	p.settle(selector)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.Click(chromedp.CSS(selector)))); err != nil {
		p.Fatalf("clicking %s: %v", selector, err)
	}
	p.on(kind)
}

// tap clicks on what a selector finds on a page that stays.
func (p *tab) tap(selector string) {
	p.Helper()
	p.settle(selector)
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// write puts a text into a field in the place of what stands there.
func (p *tab) write(selector, text string) {
	p.Helper()
	ask[bool](p, fmt.Sprintf(`document.querySelector(%q).value = "", true`, selector))
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// openFilters opens what narrows the list where that stands behind a button.
func (p *tab) openFilters() {
	p.Helper()
	if p.look.width <= 640 {
		p.tap(".narrowing > summary")
	}
	p.do(chromedp.WaitVisible(chromedp.CSS(".narrowing .primary")))
}

func (p *tab) sees(words ...string) {
	p.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		p.Fatal(err)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.Errorf("the page does not show %q: %s", w, text)
		}
	}
}

// inspect holds a page against what every page promises.
func (p *tab) inspect(axe string) {
	p.Helper()
	where := ask[string](p, `location.pathname`)
	if wide := ask[float64](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
		p.Errorf("%s is %v pixels wider than the window", where, wide)
	}
	if !p.look.script {
		return // the inspector is a script, and the page is the same
	}
	ask[bool](p, axe+`; true`)
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 160) + " " + n.failureSummary)).join("\n"))`
	if faults := ask[string](p, run); faults != "" {
		p.Errorf("%s is not accessible:\n%s", where, faults)
	}
}

// hostileFeed adds titles and words that try to break out of their place.
func (h *house) hostileFeed() {
	h.t.Helper()
	texts := []string{`<script>alert(1)</script><img src=x onerror=alert(2)>`, strings.Repeat("Donaudampfschifffahrtsgesellschaft", 8), "تصدير التقارير إلى إكسل \u202eevil\u202c",
		"📊👩‍👩‍👧‍👦 Berichte für alle"}
	for i, text := range texts {
		h.hook("gong", fmt.Sprintf(`{"id":"hostile%d","text":%q,"title":%q,"account":{"name":%q,"arr":%d,"currency":"USD","health":"red","renewal_on":%q},"author":{"name":%q}}`,
			i, text, text, text, 100000*(i+1), clamor.DateOf(time.Now()).AddDays(20), text)).want(http.StatusAccepted)
	}
	h.work()
}

func TestInARealBrowser(t *testing.T) {
	browser := launch(t)
	raw, err := os.ReadFile(filepath.Join("testdata", "axe-4.14.1.min.js"))
	must(t, err)
	t.Run("triage by keys", func(t *testing.T) {
		h := build(t, nil)
		h.triaged()
		newTab(t, browser, h, look{1440, 900, "light", true}).triageByKeys(string(raw))
	})
	for _, l := range []look{{1440, 900, "dark", true}, {360, 740, "light", false}} {
		t.Run("the list by hand, "+l.String(), func(t *testing.T) {
			h := build(t, nil)
			h.triaged()
			newTab(t, browser, h, l).listByHand(string(raw))
		})
	}
	for _, l := range []look{{1440, 900, "light", true}, {360, 740, "dark", true}, {360, 740, "light", false}, {1024, 768, "dark", false}} {
		t.Run(l.String(), func(t *testing.T) {
			h := build(t, nil)
			h.feed()
			h.hostileFeed()
			p := newTab(t, browser, h, l)
			p.tour(string(raw))
			if l.script {
				p.keys()
			}
			p.click(".who button", "signin")
			p.forgive("401")
			p.inspect(string(raw))
			p.spotless()
		})
	}
}

// spotless reports what the pages complained about.
func (p *tab) spotless() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.complaints {
		p.Error(c)
	}
	if p.requests < 10 {
		p.Errorf("only %d requests were seen: nobody listened", p.requests)
	}
}

// tour goes the way of a product manager: the list, a row, its feature, a note; then a search, a merge, and back.
func (p *tab) tour(axe string) {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url + p.house.invitation(clamor.Admin)))
	p.on("list")
	p.sees("SAML single sign-on", "Northwind", "<script>alert(1)</script>")
	p.inspect(axe)

	row := `tbody:has(a[href*="/features/"]:is([href="` + p.path("SAML single sign-on") + `"]))`
	p.tap(row + " summary")
	if p.look.script {
		p.do(chromedp.WaitVisible(chromedp.CSS(row + " table.parts")))
	} else {
		p.do(chromedp.WaitVisible(chromedp.CSS(row + ` .inside a[href$="#parts"]`)))
	}
	p.inspect(axe)

	p.click(row+" .title a", "feature")
	p.sees("cannot renew without SAML single sign-on", "Rita Rep", "the sum of the parts")
	p.inspect(axe)
	p.click(`.quote .meta a[href^="/notes/"]`, "note")
	p.inspect(axe)
	p.click("mark a", "feature")

	p.click(".brand", "list")
	p.do(chromedp.SendKeys(chromedp.CSS(`input[name="q"]`), "spreadsheets"))
	p.openFilters()
	p.click(".filters button", "list")
	p.sees("Export invoices to a spreadsheet every month")

	p.click(".title a", "feature")
	p.click(`a[href$="/merge"]`, "merge")
	p.do(chromedp.SendKeys(chromedp.CSS(`input[name="q"]`), "SAML"))
	p.click(".filters button", "merge")
	p.inspect(axe)
	p.tap(".target input")
	p.click("form.card .primary", "merge")
	p.sees("Merge these two?", "asked for both")
	p.inspect(axe)
	p.click("form .primary", "feature")
	p.sees("Done.", "Merged into this")
	p.inspect(axe)
	p.click(".flash button", "feature")
	p.sees("took back what Pat did")

	p.click(`.group a[href$="/move"]`, "move")
	p.inspect(axe)
	for path, kind := range map[string]string{"/list.md": "markdown", "/triage": "triage", "/triage?tab=new": "triage", "/triage?tab=done": "triage", "/accounts": "accounts", "/my-notes": "mine", "/notes/new": "send",
		"/deliveries": "deliveries", "/quarters/2026Q4/freeze": "freeze", "/list/print": "print", "/quarters/2026Q4/export?issues=1": "export"} {
		p.do(chromedp.Navigate(p.house.url + path))
		p.on(kind)
		p.inspect(axe)
	}
	p.do(chromedp.Navigate(p.house.url + "/deliveries"))
	p.click("td a", "delivery")
	p.inspect(axe)
	p.do(chromedp.Navigate(p.house.url + p.path("SAML single sign-on")))
	p.click(`.group h3 a`, "account")
	p.inspect(axe)
	p.do(chromedp.Navigate(p.house.url + "/features/none"))
	p.on("error")
	p.forgive("404")
	p.inspect(axe)
}

// path is where the feature of a title is.
func (p *tab) path(title string) string {
	p.Helper()
	return "/features/" + string(p.house.titled(title).ID)
}

// forgive forgets the browser's own line about an answer that was meant.
func (p *tab) forgive(status string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.complaints[:0]
	for _, c := range p.complaints {
		if !strings.Contains(c, "status of "+status) {
			kept = append(kept, c)
		}
	}
	p.complaints = kept
}

// keys works the list by keyboard.
func (p *tab) keys() {
	p.Helper()
	p.do(chromedp.Navigate(p.house.url+"/"), chromedp.WaitReady(chromedp.CSS("kbd")), chromedp.KeyEvent(kb.Tab))
	if got := ask[string](p, `document.activeElement.textContent`); got != "Skip to content" {
		p.Errorf("the first stop of the keyboard is %q", got)
	}
	p.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	if got := ask[string](p, `document.activeElement.name`); got != "q" {
		p.Errorf("Ctrl+K goes to %q", got)
	}
	p.do(chromedp.Focus(chromedp.CSS("tbody .title a")), chromedp.KeyEvent("j"), chromedp.KeyEvent("o"))
	const at = `[...document.querySelectorAll("table.list > tbody")].map(b => (b.contains(document.activeElement) ? "here " : "") + (b.querySelector("details").open ? "open" : "")).join()`
	if got := ask[string](p, at); !strings.Contains(got, ",here open,") {
		p.Errorf("after j and o: %q", got)
	}
	p.do(chromedp.KeyEvent("x"))
	if got := ask[string](p, `document.querySelector("[data-ticked]").textContent`); got != "Set 1 feature to" {
		p.Errorf("after x: %q", got)
	}
	p.do(chromedp.KeyEvent("x"))
	p.do(chromedp.KeyEvent("k"), chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("kbd")))
	if got := ask[string](p, at); !strings.HasPrefix(got, "open,open,") {
		p.Errorf("what was open is not when the reader comes back: %q", got)
	}
}
