package web_test

import (
	"clamor"
	"clamor/api/web"
)

// startSamples are the first steps in an empty workspace, and the sample company's coming and going.
func startSamples() []sample {
	empty := clamor.List{Quarter: "2026Q4", AsOf: "2026-11-15", Scenario: "budget", Currency: "USD"}
	begun := clamor.Sample{By: "Ada Pérez", BegunAt: sunday, Share: 40}
	there, failed := begun, begun
	there.LoadedAt = sunday
	failed.Fault = hostile
	start := func(s web.Start, sample clamor.Sample) web.ListView {
		return web.ListView{List: empty, Clear: "/", CSV: "/list.csv", Markdown: "/list.md", Start: &s, Sample: sample}
	}
	halfway := clamor.Stats{Accounts: 45, Notes: 1, Pending: 2, Deliveries: map[clamor.DeliveryState]int64{clamor.Dead: 2}}
	listed := sampleListView()
	listed.Sample = there
	return append(append(importSamples(), accountSamples()...), []sample{
		{"start-admin", signedIn(clamor.Admin), start(web.Start{Role: clamor.Admin, Samples: true}, clamor.Sample{})},
		{"start-pm", signedIn(clamor.PM), start(web.Start{Role: clamor.PM, Stats: halfway, Sources: 1, Admins: []string{"Ada Pérez", hostile}}, clamor.Sample{})},
		{"start-viewer", signedIn(clamor.Viewer), start(web.Start{Role: clamor.Viewer, Sources: 2}, begun)},
		{"list-sample", signedIn(clamor.Admin), listed},
		{"sample-loading", signedIn(clamor.Admin), web.SampleView{Sample: begun}},
		{"sample-failed", signedIn(clamor.Admin), web.SampleView{Sample: failed}},
		{"unsample", signedIn(clamor.Admin), web.UnsampleView{Sample: there, Frozen: []string{"2026Q4"}}},
	}...)
}
