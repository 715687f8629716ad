package main

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// throttled is how slow a line and a processor are made.
type throttled struct {
	name    string
	latency float64 // milliseconds
	down    float64 // bits a second
	up      float64
	slower  float64 // the processor, by how many times
}

// profiles are those that the browser's tools offer.
func profiles() []throttled {
	return []throttled{{"slow 4G, processor 4x slower", 150, 1.6e6, 750e3, 4}, {"fast 4G", 60, 9e6, 1.5e6, 1}}
}

// paint measures the first contentful paint and the weight of pages in a real browser, with nothing cached.
func (s *measured) paint(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Log("no chromium here: the first paint was not measured")
		return
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	browser, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	feature := featureLink.FindStringSubmatch(s.get(t, "warm", "/?sort=asks"))[1]
	for _, p := range profiles() {
		for _, page := range []string{"/", "/?q=export+invoices", "/features/" + feature, "/triage", "/accounts", "/my-notes"} {
			s.paintOne(t, browser, p, page)
		}
	}
}

// paintOne opens a page in a browser of its own.
func (s *measured) paintOne(t *testing.T, browser context.Context, p throttled, page string) {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var mu sync.Mutex
	var weight float64
	must(t, chromedp.Do(ctx))
	must(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFinished); ok {
			mu.Lock()
			weight += e.EncodedDataLength
			mu.Unlock()
		}
	}))
	must(t, chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return s.throttle(ctx, target, p)
	}), chromedp.Navigate(s.url+page)))
	paint, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`new Promise(done => { const look = () => { const e = performance.getEntriesByName('first-contentful-paint')[0];
		e ? done(e.startTime) : setTimeout(look, 20) }; look() })`, chromedp.EvalAwaitPromise))
	must(t, err)
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%-30s %-40.40s first paint %.0f ms, %.1f kB over the wire", p.name, page, paint, weight/1000)
}

// conditions are those of a line; speeds are in bytes a second.
type conditions struct {
	Offline bool    `json:"offline"`
	Latency float64 `json:"latency"`
	Down    float64 `json:"downloadThroughput"`
	Up      float64 `json:"uploadThroughput"`
}

// throttle makes a tab as slow as the profile says, and signs it in.
func (s *measured) throttle(ctx context.Context, target *chromedp.Target, p throttled) error {
	if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: s.cookie.Name, Value: s.cookie.Value, URL: s.url})
	if err != nil {
		return err
	}
	slow := cdp.Command[conditions, struct{}]{Method: "Network.emulateNetworkConditions"}
	if _, err = cdp.Call(ctx, target, slow, conditions{Latency: p.latency, Down: p.down / 8, Up: p.up / 8}); err != nil {
		return err
	}
	_, err = cdp.Call(ctx, target, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: p.slower})
	return err
}
