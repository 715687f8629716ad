package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// guide walks through pages in a real browser.
type guide struct {
	*testing.T
	*premises
	ctx  context.Context
	seen size
}

// size is that of a window.
type size struct{ width, height int64 }

var (
	wide  = size{1280, 800}
	phone = size{390, 844}
)

// browse starts the system's Chromium, as the tests of the pages do.
func browse(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil && (os.Getenv("CI") == "true" || *draw) {
		t.Fatal("install chromium: the tour is walked in a browser")
	}
	if err != nil {
		t.Skip("SKIPPED: no chromium here, so the tour was not walked")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("font-render-hinting", "none"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return ctx
}

func newGuide(t *testing.T, browser context.Context, h *premises) *guide {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	must(t, chromedp.Do(ctx)) // the tab lives as long as the first context that it is used with, which must have no time limit
	g := &guide{T: t, premises: h, ctx: ctx}
	g.use(wide, "light")
	return g
}

// use sets the window and whether it is light or dark.
func (g *guide) use(s size, scheme string) {
	g.Helper()
	g.seen = s
	g.do(chromedp.EmulateViewport(s.width, s.height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return err
	}))
}

const patience = 2 * time.Minute

func (g *guide) do(steps ...chromedp.Action[chromedp.Void]) {
	g.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(g.ctx, chromedp.Location())
		g.Fatalf("at %s: %v", where, err)
	}
}

// look runs an expression in the page.
func look[T any](g *guide, expression string, args ...any) T {
	g.Helper()
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](fmt.Sprintf(expression, args...)))
	if err != nil {
		g.Fatalf("%.80s: %v", expression, err)
	}
	return v
}

// until looks again until something has come about.
func (g *guide) until(what string, come func() bool) {
	g.Helper()
	for begun := time.Now(); !come(); {
		if time.Since(begun) > patience {
			g.Fatalf("%s does not come", what)
		}
	}
}

// on waits until a page of the kind is loaded with its fonts; "" is any.
func (g *guide) on(kind string) {
	g.Helper()
	g.until("the page "+kind, func() bool {
		return look[bool](g, `document.readyState === "complete" && document.fonts.status === "loaded" && document.body.className.startsWith("page-"+%q)`, kind)
	})
}

func (g *guide) goTo(url, kind string) {
	g.Helper()
	g.do(chromedp.Navigate(url))
	g.on(kind)
}

// here is an address of outsiders as it is heard here.
func (g *guide) here(link string) string { return strings.Replace(link, public, g.url, 1) }

func (g *guide) wait(selector string) {
	g.Helper()
	g.do(chromedp.WaitVisible(chromedp.CSS(selector)))
}

// settle waits until what a selector finds stands still in the middle of the window.
func (g *guide) settle(selector string) {
	g.Helper()
	last := "nowhere"
	g.until(selector, func() bool {
		at := look[string](g, `(() => {
			const e = document.querySelector(%q);
			if (!e || document.readyState !== "complete" || document.fonts.status !== "loaded") return "";
			e.scrollIntoView({block: "center", behavior: "instant"});
			const r = e.getBoundingClientRect();
			return r.width ? [r.x, r.y, r.width, r.height].join() : "";
		})()`, selector)
		still := at != "" && at == last
		last = at
		return still
	})
}

// tap clicks on what a selector finds on a page that stays.
func (g *guide) tap(selector string) {
	g.Helper()
	g.settle(selector)
	g.do(chromedp.Click(chromedp.CSS(selector)))
}

// click clicks on what a selector finds and waits for the page that follows.
func (g *guide) click(selector, kind string) {
	g.Helper()
	g.settle(selector)
	ctx, cancel := context.WithTimeout(g.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(cdppage.LoadEventFired, nil, chromedp.Click(chromedp.CSS(selector)))); err != nil {
		g.Fatalf("clicking %s: %v", selector, err)
	}
	g.on(kind)
}

// follow clicks on the link in the page's body that reads so.
func (g *guide) follow(words, kind string) {
	g.Helper()
	if !look[bool](g, `(() => {
		const a = [...document.querySelectorAll("main a")].find((a) => a.textContent.trim() === %q);
		a?.setAttribute("data-followed", "");
		return !!a;
	})()`, words) {
		g.Fatalf("no link reads %q: %s", words, g.text())
	}
	g.click("[data-followed]", kind)
}

// write puts a text into a field in the place of what stands there.
func (g *guide) write(selector, text string) {
	g.Helper()
	look[bool](g, `document.querySelector(%q).value = "", true`, selector)
	g.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// mask puts a text in the place of a secret, which is another one each time.
func (g *guide) mask(selector, text string) {
	g.Helper()
	look[bool](g, `(() => { for (const e of document.querySelectorAll(%q)) { if ("value" in e) e.value = %q; else e.textContent = %q; } return true; })()`, selector, text, text)
}

func (g *guide) value(selector string) string {
	g.Helper()
	return look[string](g, `document.querySelector(%q)?.value ?? ""`, selector)
}

func (g *guide) textOf(selector string) string {
	g.Helper()
	return look[string](g, `document.querySelector(%q)?.textContent ?? ""`, selector)
}

func (g *guide) text() string {
	g.Helper()
	return look[string](g, `document.body.innerText`)
}

func (g *guide) sees(words ...string) {
	g.Helper()
	text := g.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			g.Errorf("the page does not show %q: %s", w, text)
		}
	}
}

// picture draws what the window shows, from what a selector finds on or from the top.
func (g *guide) picture(name string, s size, scheme, from string) {
	g.Helper()
	if !*draw {
		return
	}
	was := g.seen
	g.use(s, scheme)
	look[bool](g, `(() => {
		document.activeElement?.blur();
		const e = %q && document.querySelector(%q);
		if (e) e.scrollIntoView({block: "center", behavior: "instant"}); else scrollTo(0, 0);
		return true;
	})()`, from, from)
	g.on("")
	shot, err := chromedp.Run(g.ctx, chromedp.CaptureScreenshot())
	must(g, err)
	small, err := squeeze(shot)
	must(g, err)
	file := filepath.Join("..", "..", "docs", "tour", name+".png")
	must(g, os.MkdirAll(filepath.Dir(file), 0o755))
	must(g, os.WriteFile(file, small, 0o644)) //nolint:gosec // a picture for everybody
	g.use(was, "light")
}

// squeeze writes a picture with the 256 colours that it shows most, the others as the nearest of them: pages have few.
func squeeze(shot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	bounds := full.Bounds()
	counts := map[color.RGBA]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[opaque(full.At(x, y))]++
		}
	}
	colours := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		return bytes.Compare([]byte{a.R, a.G, a.B}, []byte{b.R, b.G, b.B})
	})
	palette := color.Palette{}
	for _, c := range colours[:min(256, len(colours))] {
		palette = append(palette, c)
	}
	index := map[color.RGBA]uint8{}
	few := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := opaque(full.At(x, y))
			at, known := index[c]
			if !known {
				at = uint8(palette.Index(c)) //nolint:gosec // a palette of 256
				index[c] = at
			}
			few.SetColorIndex(x, y, at)
		}
	}
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few)
	return out.Bytes(), err
}

// opaque is a colour as the screen shows it.
func opaque(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255} //nolint:gosec // at most 255
}
