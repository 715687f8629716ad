package main

import (
	"bufio"
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// draw makes the walks leave the pictures of docs/tour.md behind.
var draw = flag.Bool("tour", false, "draw the pictures of docs/tour.md and README.md anew")

// tourDay is when the walks take place, so that their pictures come out the same on any day.
var tourDay = time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)

// TestTourInABrowser goes the three ways of docs/tour.md in a real browser, each from what the README says to the end of its main task.
func TestTourInABrowser(t *testing.T) {
	browser := browse(t)
	t.Run("a product manager", func(t *testing.T) {
		h := open(t, "demo")
		newGuide(t, browser, h).productManager()
	})
	t.Run("a rep", func(t *testing.T) {
		h := open(t, "demo")
		newGuide(t, browser, h).rep()
	})
	t.Run("an admin", func(t *testing.T) {
		h := open(t, "serve", "--data-dir", t.TempDir())
		newGuide(t, browser, h).admin()
	})
}

// premises are a running Clamor.
type premises struct {
	args   []string
	url    string // where it is heard
	signIn string // the link that it printed
	world  world
}

// public is what outsiders call the premises of the tour.
const public = "http://clamor.example"

// open runs a command that serves, and ends it with the test.
func open(t *testing.T, args ...string) *premises {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	out, in := io.Pipe()
	h := &premises{url: "http://" + address, args: args[1:], world: world{env: func(string) (string, bool) { return "", false }, stdin: strings.NewReader(""), stdout: in,
		stderr: io.Discard, now: func() time.Time { return tourDay }}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append(args, "--listen", address, "--public-url", public), h.world)
		in.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		must(t, <-ended)
	})
	lines := bufio.NewScanner(out)
	for h.signIn == "" && lines.Scan() {
		if _, link, found := strings.Cut(lines.Text(), public+"/signin"); found {
			h.signIn = h.url + "/signin" + link
		}
	}
	if h.signIn == "" {
		t.Fatalf("no sign-in link was printed: %v", lines.Err())
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // the pipe ends with the command
	return h
}

// productManager triages, corrects a cluster, explains a rank, freezes the quarter and looks at what would go out.
func (g *guide) productManager() {
	g.goTo(g.signIn, "list")
	g.sees("Offline mode in the mobile app")
	g.picture("../list", wide, "light", "")
	g.tap("table.list > tbody:first-of-type summary")
	g.wait("table.list > tbody:first-of-type table.parts")
	g.picture("pm-1-list", wide, "light", "table.list > tbody:first-of-type")

	g.click(`.bar a[href="/triage"]`, "triage")
	g.picture("pm-2-triage", wide, "light", "")
	key := g.value(`#decide [name="at"]`)
	g.tap(".options button")
	g.until("the next ask", func() bool { return g.value(`#decide [name="at"]`) != key })

	g.click(".brand", "list")
	g.follow("Single sign-on (SAML, Okta, Entra ID)", "feature")
	g.sees("Why", "What is known")
	g.picture("pm-3-feature", wide, "dark", "")
	g.tap(".quote .tick")
	g.write("#several [name=title]", "Session length and sign-out")
	g.picture("pm-4-split", wide, "light", "#several")
	g.click(`#several [value="split"]`, "feature")
	g.sees("Session length and sign-out")

	g.click(`.bar a[href="/quarters"]`, "quarters")
	g.goTo(g.url+"/quarters/2026Q4/freeze", "freeze")
	g.sees("Before you freeze")
	g.picture("pm-5-freeze", wide, "light", "")
	g.click("form.acts .primary", "")
	g.goTo(g.url+"/", "list")
	g.sees("frozen")
	g.goTo(g.url+"/quarters/2026Q4/export", "export")
	g.sees("Nothing is sent until you say so", "Offline mode in the mobile app")
	g.picture("pm-6-export", wide, "light", "")
}

// rep comes in by an invitation on a phone, sends a note, and sees what became of it.
func (g *guide) rep() {
	g.goTo(g.signIn, "list")
	link := g.invite("Rita Vale", "Reporter", "rita@fieldwren.example")
	g.click(".who button", "signin")

	g.use(phone, "light")
	g.goTo(g.here(link), "welcome")
	g.picture("rep-1-welcome", phone, "light", "")
	g.click("main .primary", "list")
	g.goTo(g.url+"/notes/new", "send")
	g.write("[name=account]", "Halvorsen Elevator Group")
	g.write("[name=text]", "They need an offline mode in the mobile app: in the lift shaft there is no signal.")
	g.picture("rep-2-send", phone, "light", "")
	g.click("form.big .primary", "mine")
	g.until("what became of the note", func() bool {
		g.goTo(g.url+"/my-notes", "mine")
		return strings.Contains(g.text(), "a product manager will look at it")
	})
	g.picture("rep-3-mine", phone, "dark", "")
	g.goTo(g.url+"/accounts?q=halvorsen", "accounts")
	g.follow("Halvorsen Elevator Group", "account")
	g.sees("Before you call")
	g.picture("rep-4-account", phone, "light", "")
}

// admin starts from nothing: a source, its first note, accounts with their money, a colleague, and the log of it all.
func (g *guide) admin() {
	g.goTo(g.signIn, "list")
	g.picture("admin-1-start", wide, "light", "")
	g.click(`.bar a[href="/sources"]`, "sources")
	g.goTo(g.url+"/sources/new?kind=generic", "connect")
	g.write("[name=name]", "calls")
	g.click("form.card .primary", "source")
	g.post(g.here(g.textOf("#address")), g.textOf("#secret"), `{"id":"call-81","occurred_at":"2026-10-03T14:00:00Z","title":"Renewal call",
		"text":"Kim said they cannot renew without single sign-on through Okta. Dark mode would be nice.",
		"account":{"name":"Northwind","domain":"northwind.example"},"author":{"name":"Dana Rep"}}`)
	g.until("the first delivery", func() bool {
		g.goTo(g.url+"/sources/calls", "source")
		return strings.Contains(g.text(), "Renewal call")
	})
	g.mask("#secret", "shown once")
	g.mask("#command", "curl …")
	g.mask("#both", public+"/hooks/calls/shown-once")
	g.picture("admin-2-source", wide, "light", "")

	file := filepath.Join(g.TempDir(), "accounts.csv")
	must(g, os.WriteFile(file, []byte("Account Name,Website,Yearly revenue,Currency,Health,Renewal\nNorthwind,northwind.example,\"52,000.00\",USD,yellow,2027-01-31\n"), 0o600))
	quiet := g.world
	quiet.stdout = io.Discard
	must(g, run(g.Context(), append([]string{"import", "accounts", file, "--map", "arr=Yearly revenue", "--map", "renewal_on=Renewal"}, g.args...), quiet))
	g.until("the money behind the asks", func() bool {
		g.goTo(g.url+"/accounts", "accounts")
		return strings.Contains(g.text(), "52,000")
	})
	g.goTo(g.url+"/", "list")
	g.sees("Dark mode would be nice")
	g.picture("admin-3-list", wide, "light", "")

	g.invite("Rita Vale", "Reporter", "rita@fieldwren.example")
	g.mask(".copyable input", public+"/join?token=shown-once")
	g.picture("admin-4-people", wide, "light", "")
	g.click(`.subnav a[href="/settings/log"]`, "log")
	g.sees("invited Rita Vale as reporter", "added the source calls")
	g.picture("admin-5-log", wide, "dark", "")
}

// invite makes somebody a link on the page of people.
func (g *guide) invite(name, role, mail string) string {
	g.Helper()
	g.goTo(g.url+"/settings/people", "people")
	g.write(`aside [name="name"]`, name)
	g.do(chromedp.SendKeys(chromedp.CSS(`aside [name="role"]`), role))
	g.write(`aside [name="email"]`, mail)
	g.click("aside .primary", "people")
	g.sees("A link for " + name)
	return g.value(".copyable input")
}

// post sends what the curl line of the README sends.
func (g *guide) post(url, secret, body string) {
	g.Helper()
	r, err := http.NewRequestWithContext(g.Context(), http.MethodPost, url, strings.NewReader(body))
	must(g, err)
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	must(g, err)
	must(g, answer.Body.Close())
	if answer.StatusCode != http.StatusAccepted {
		g.Fatalf("the note is answered with %s", answer.Status)
	}
}
