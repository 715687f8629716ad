package web_test

import (
	"clamor"
	"clamor/api/web"
)

// importSamples are an import from its upload to its end, and the history.
func importSamples() []sample {
	u := clamor.Upload{ID: "upload_1", State: clamor.UploadReceived, Kind: "accounts", Source: "crm", File: hostile, Size: 12_345_678, By: "Ada Pérez", At: sunday}
	columns := web.NewColumns(u, []string{"Accounts", hostile}, []string{"Account", hostile, ""}, [][]string{{"Helios Bank", hostile, ""}, {"", "48,000", ""}, {"Northwind"}}, []string{"Renewal"},
		[]web.ColumnField{{Name: "name", Column: "Account", Needed: []string{"name", "domain"}}, {Name: "arr", Column: hostile}, {Name: "domain", Needed: []string{"name", "domain"}}})
	bare := web.NewColumns(u, nil, []string{"Nonsense"}, nil, nil, []web.ColumnField{{Name: "text", Needed: []string{"text"}}})
	refused := []clamor.RowResult{{Line: 4, Outcome: clamor.Refused, Reason: hostile}}
	moving, tried, nothing, lost := u, u, u, u
	moving.State, moving.StartedAt, moving.Rows, moving.Share = clamor.UploadRunning, sunday, 12_000, 40
	tried.State, tried.Added, tried.Refused, tried.Refusals, tried.Unused = clamor.UploadTried, 1200, 60, refused, []string{hostile}
	tried.First = []clamor.RowTold{{RowResult: clamor.RowResult{Line: 2, Outcome: clamor.Added}, Cells: [][2]string{{"name", "Helios Bank"}, {"arr", "48,000 USD"}}}, {RowResult: refused[0]}}
	nothing.State, nothing.Unchanged = clamor.UploadTried, 5
	done := tried
	done.State, done.StartedAt, done.EndedAt, done.First, done.Resumed, done.Notices = clamor.UploadDone, sunday, sunday, nil, 5000, []string{"read as UTF-16"}
	failed := done
	failed.State, failed.Fault, failed.Refused, failed.Refusals = clamor.UploadFailed, hostile, 0, nil
	lost.State, lost.Fault = clamor.UploadFailed, "the file is gone"
	faulty := u
	faulty.Fault = "dates can be read two ways"
	admin := signedIn(clamor.Admin)
	return []sample{
		{"imports", admin, web.ImportsView{Uploads: []clamor.Upload{moving, done, u}}},
		{"imports-empty", admin, web.ImportsView{}},
		{"import-new", admin, web.NewImportView{Kind: "deals", Source: hostile, Most: 200 << 20, Fault: hostile}},
		{"import-columns", admin, web.ImportView{Upload: u, Columns: columns, Now: sunday}},
		{"import-columns-missing", admin, web.ImportView{Upload: faulty, Columns: bare, Now: sunday}},
		{"import-moving", admin, web.ImportView{Upload: moving, Now: sunday}},
		{"import-tried", admin, web.ImportView{Upload: tried, Now: sunday}},
		{"import-nothing", admin, web.ImportView{Upload: nothing, Now: sunday}},
		{"import-done", admin, web.ImportView{Upload: done, Refused: "/imports/upload_1/refused.csv", Now: sunday}},
		{"import-failed", admin, web.ImportView{Upload: failed, Now: sunday}},
		{"import-lost", admin, web.ImportView{Upload: lost, Now: sunday}},
	}
}
