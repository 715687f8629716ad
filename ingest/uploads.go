package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"clamor"
)

// UploadStore is what uploads need of the store.
type UploadStore interface {
	AddUpload(ctx context.Context, u clamor.Upload) (clamor.Upload, error)
	// PutUpload is a Conflict where the upload has left a state in the meantime; a deed that is not empty goes into the log.
	PutUpload(ctx context.Context, u clamor.Upload, from clamor.UploadState, deed, by string) error
	FindUpload(ctx context.Context, id clamor.UploadID) (clamor.Upload, error)
	// MovingUploads are those that a machine is to work at, oldest first.
	MovingUploads(ctx context.Context) ([]clamor.Upload, error)
	DropUpload(ctx context.Context, id clamor.UploadID, by string) error
	Lease(ctx context.Context, name, owner string, ttl time.Duration) (bool, error)
	Release(ctx context.Context, name, owner string) error
	ImportMap(ctx context.Context, source, kind string) (map[string]string, error)
}

// UploadOptions are what Uploads need beside their store.
type UploadOptions struct {
	Dir    string // where files are kept; made when the first one comes
	Owner  string // tells this process from all others that share the store
	Now    func() time.Time
	Logger *slog.Logger
}

// Uploads keeps files that people import on a page, finds out what each would do, and imports it. What is to be done stands in the store: it
// goes on when the person has gone, and at the next start after a crash. Run does the work; all other methods may be called beside it.
type Uploads struct {
	service *Service
	store   UploadStore
	o       UploadOptions
	wake    chan struct{}
}

// NewUploads makes Uploads over a service and its store.
func NewUploads(service *Service, store UploadStore, o UploadOptions) *Uploads {
	return &Uploads{service: service, store: store, o: o, wake: make(chan struct{}, 1)}
}

// MaxUpload is how many bytes a file may have.
const MaxUpload = 200 << 20

// How long an upload's file is kept, and what was refused of it.
const (
	uploadLife  = 24 * time.Hour
	refusedLife = 30 * 24 * time.Hour
)

func (p *Uploads) path(id clamor.UploadID, end string) string {
	return filepath.Join(p.o.Dir, filepath.Base(string(id))+end)
}

// Receive keeps a file as it comes in, without holding it in memory.
func (p *Uploads) Receive(ctx context.Context, u clamor.Upload, r io.Reader) (clamor.Upload, error) {
	if _, err := layoutOf(u.Kind); err != nil {
		return u, err
	}
	if u.Source == clamor.SampleSource {
		return u, clamor.Errorf(clamor.Invalid, "%q is kept for sample data: choose another name for these rows", u.Source)
	}
	if err := os.MkdirAll(p.o.Dir, 0o700); err != nil {
		return u, fmt.Errorf("making the directory of uploads: %w", err)
	}
	file, err := os.CreateTemp(p.o.Dir, "coming-*")
	if err != nil {
		return u, fmt.Errorf("keeping the upload: %w", err)
	}
	keep := func() error {
		if u.Size, err = io.Copy(file, io.LimitReader(r, MaxUpload+1)); err != nil {
			return clamor.Errorf(clamor.Invalid, "the file did not come whole: send it again")
		}
		switch {
		case u.Size == 0:
			return clamor.Errorf(clamor.Invalid, "choose a file that holds something")
		case u.Size > MaxUpload:
			return clamor.Errorf(clamor.TooLarge, "a file may have %d MB at most: cut it, or use clamor import on the machine itself", MaxUpload>>20)
		}
		if _, err := LookAt(u.Kind, file, ImportOptions{}); err != nil {
			return err
		}
		if u.Map, err = p.store.ImportMap(ctx, u.Source, u.Kind); err != nil {
			return err
		}
		u.State = clamor.UploadReceived
		u, err = p.store.AddUpload(ctx, u)
		return err
	}
	err = errors.Join(keep(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), p.path(u.ID, ""))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return u, single(err)
}

// single takes an error out of a join that holds but one, so that its kind and words are its own.
func single(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) == 1 {
		return many.Unwrap()[0]
	}
	return err
}

func fileGone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return clamor.Errorf(clamor.NotFound, "the file is gone: files are kept for a day. Upload it again")
	}
	return err
}

// Look looks at an upload's file as it would be read now.
func (p *Uploads) Look(u clamor.Upload) (Look, error) {
	file, err := os.Open(p.path(u.ID, ""))
	if err != nil {
		return Look{}, fileGone(err)
	}
	look, err := LookAt(u.Kind, file, importOptions(u))
	return look, single(errors.Join(err, file.Close()))
}

// Refused opens the rows of an upload that were refused, as CSV.
func (p *Uploads) Refused(u clamor.Upload) (io.ReadCloser, error) {
	file, err := os.Open(p.path(u.ID, ".refused.csv"))
	return file, fileGone(err)
}

// Try begins to find out what an upload would do, read as it says.
func (p *Uploads) Try(ctx context.Context, u clamor.Upload) error {
	from := u.State
	if from != clamor.UploadReceived && from != clamor.UploadTried {
		return clamor.Errorf(clamor.Conflict, "this import has begun: upload the file again to import it another way")
	}
	u = restarted(u, p.o.Now())
	u.State = clamor.UploadTrying
	return p.move(ctx, u, from, "", "")
}

// Start begins to import an upload that was tried, or to go on with one that failed.
func (p *Uploads) Start(ctx context.Context, u clamor.Upload, by string) error {
	from := u.State
	if from != clamor.UploadTried && from != clamor.UploadFailed {
		return clamor.Errorf(clamor.Conflict, "this import is under way, or done")
	}
	if _, err := os.Stat(p.path(u.ID, "")); err != nil {
		return fileGone(err)
	}
	u = restarted(u, p.o.Now())
	u.State, u.By = clamor.UploadRunning, by
	return p.move(ctx, u, from, "import start", by)
}

// Drop forgets an upload that was not imported, with its file.
func (p *Uploads) Drop(ctx context.Context, u clamor.Upload, by string) error {
	if err := p.store.DropUpload(ctx, u.ID, by); err != nil {
		return err
	}
	p.forget(u.ID)
	return nil
}

func (p *Uploads) forget(id clamor.UploadID) {
	for _, end := range [...]string{"", ".refused", ".refused.csv"} {
		_ = os.Remove(p.path(id, end)) // it may not be there
	}
}

func (p *Uploads) move(ctx context.Context, u clamor.Upload, from clamor.UploadState, deed, by string) error {
	if err := p.store.PutUpload(ctx, u, from, deed, by); err != nil {
		return err
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return nil
}

// restarted is an upload with the figures of a beginning.
func restarted(u clamor.Upload, now time.Time) clamor.Upload {
	u.StartedAt, u.EndedAt, u.Fault = now.UTC().Truncate(time.Microsecond), time.Time{}, ""
	u.Rows, u.Share, u.Added, u.Changed, u.Unchanged, u.Refused, u.Resumed = 0, 0, 0, 0, 0, 0, 0
	u.Refusals, u.First, u.Notices, u.Unused = nil, nil, nil, nil
	return u
}

// Run works at what is to be done until ctx ends, and sweeps files away whose time is over.
func (p *Uploads) Run(ctx context.Context) {
	const look = 10 * time.Second
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	swept := time.Time{}
	for {
		if err := p.Step(ctx); err != nil && ctx.Err() == nil {
			p.o.Logger.Error("importing uploads", "error", err)
		}
		if now := p.o.Now(); now.Sub(swept) > time.Hour {
			p.sweep(now)
			swept = now
		}
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-ticker.C:
		}
	}
}

// Step works at all that is to be done now.
func (p *Uploads) Step(ctx context.Context) error {
	moving, err := p.store.MovingUploads(ctx)
	if err != nil {
		return err
	}
	for _, u := range moving {
		if err := p.claim(ctx, u); err != nil {
			return fmt.Errorf("importing %s: %w", u.ID, err)
		}
	}
	return nil
}

// claim works at an upload whose file is here and at which no other process works.
func (p *Uploads) claim(ctx context.Context, u clamor.Upload) error {
	const ttl = 15 * time.Second
	if _, err := os.Stat(p.path(u.ID, "")); err != nil {
		return p.lost(ctx, u)
	}
	name := "upload " + string(u.ID)
	mine, err := p.store.Lease(ctx, name, p.o.Owner, ttl)
	if err != nil || !mine {
		return err
	}
	holding, stop := context.WithCancel(ctx)
	var renewer sync.WaitGroup
	renewer.Go(func() {
		for {
			select {
			case <-holding.Done():
				return
			case <-time.After(ttl / 3):
				_, _ = p.store.Lease(holding, name, p.o.Owner, ttl) // what goes wrong shows in the work itself
			}
		}
	})
	err = p.work(ctx, u)
	stop()
	renewer.Wait()
	return errors.Join(err, p.store.Release(context.WithoutCancel(ctx), name, p.o.Owner))
}

// lost ends an upload whose file is nowhere any more. Until its time is over another process may have it.
func (p *Uploads) lost(ctx context.Context, u clamor.Upload) error {
	if p.o.Now().Sub(u.At) < uploadLife {
		return nil
	}
	from := u.State
	u.State, u.Fault = clamor.UploadFailed, "the file is gone: files are kept for a day. Upload it again"
	return p.store.PutUpload(ctx, u, from, "", "")
}

// work tries or imports one upload, and writes down how it went. If ctx ends first it is worked at again.
func (p *Uploads) work(ctx context.Context, u clamor.Upload) error {
	file, err := os.Open(p.path(u.ID, ""))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it is only read
	from := u.State
	notes, closeNotes, err := p.notes(u)
	if err != nil {
		return err
	}
	o := importOptions(u)
	o.Refused, o.Told = notes, p.progress(ctx, u)
	report, failed := p.service.Import(ctx, u.Kind, file, o)
	if err := closeNotes(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	u = reported(u, report)
	u.State, u.EndedAt = clamor.UploadDone, p.o.Now().UTC().Truncate(time.Microsecond)
	deed := "import end"
	if from == clamor.UploadTrying {
		u.State, u.EndedAt, deed = clamor.UploadTried, time.Time{}, ""
	}
	if failed != nil {
		u.State, u.Fault = clamor.UploadFailed, p.reason(u, failed)
		if from == clamor.UploadTrying {
			u.State = clamor.UploadReceived
		}
	}
	if from == clamor.UploadRunning {
		if u.Refused, err = p.writeRefused(u, file); err != nil {
			return err
		}
		p.service.options.Wake()
	}
	return p.store.PutUpload(ctx, u, from, deed, u.By)
}

// importOptions say how an upload is read.
func importOptions(u clamor.Upload) ImportOptions {
	o := ImportOptions{Map: u.Map, Remember: u.Source != "" && len(u.Map) > 0, Sheet: u.Sheet, By: u.By, Source: u.Source, System: u.System, DateOrder: u.DateOrder,
		DryRun: u.State == clamor.UploadTrying}
	if o.DryRun {
		o.First = 5
	}
	return o
}

// shownRefusals is how many refused rows a page tells; the others are in the file of all.
const shownRefusals = 50

func reported(u clamor.Upload, r ImportReport) clamor.Upload {
	u.Added, u.Changed, u.Unchanged, u.Refused, u.Resumed = r.Added, r.Changed, r.Unchanged, r.Refused, r.Resumed
	u.Rows, u.Share = r.Added+r.Changed+r.Unchanged+r.Refused+r.Resumed, 100
	u.Refusals = r.Refusals[:min(len(r.Refusals), shownRefusals)]
	u.First, u.Notices, u.Unused = r.First, r.Notices, r.Unused
	return u
}

// reason tells why an import ended early; what was not written for a reader's eye stays in the log.
func (p *Uploads) reason(u clamor.Upload, err error) string {
	if clamor.KindOf(err) == clamor.Internal {
		p.o.Logger.Error("importing an upload", "upload", u.ID, "error", err)
		return "the import broke off: this is a fault of Clamor, please report it. What was read until then is in"
	}
	return forPages(reasonOf(err))
}

// forPages says for a page what is said for the command line elsewhere.
func forPages(reason string) string {
	return strings.NewReplacer(": say --date-order mdy or --date-order dmy", ": choose the order of dates below", "--map ", "", "--sheet ", "the sheet ").Replace(reason)
}

// progress tells the store now and then how far an upload is.
func (p *Uploads) progress(ctx context.Context, u clamor.Upload) func(rows int, share float64) {
	last := p.o.Now()
	return func(rows int, share float64) {
		if now := p.o.Now(); now.Sub(last) >= 300*time.Millisecond {
			last = now
			u.Rows, u.Share = rows, min(int(share*100), 100)
			if err := p.store.PutUpload(ctx, u, u.State, "", ""); err != nil {
				p.o.Logger.Warn("telling how far an import is", "upload", u.ID, "error", err)
			}
		}
	}
}

// notes appends what is refused to a file of its own, so that nothing of it is lost if the import is cut off and goes on.
func (p *Uploads) notes(u clamor.Upload) (note func(clamor.RowResult) error, end func() error, err error) {
	if u.State != clamor.UploadRunning {
		return nil, func() error { return nil }, nil
	}
	file, err := os.OpenFile(p.path(u.ID, ".refused"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	encoder := json.NewEncoder(file)
	return func(r clamor.RowResult) error { return encoder.Encode(r) }, file.Close, nil
}

// writeRefused makes the CSV of all that was refused, and says how many rows that are.
func (p *Uploads) writeRefused(u clamor.Upload, file *os.File) (int, error) {
	noted, err := os.Open(p.path(u.ID, ".refused"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = noted.Close() }() // it is only read
	reasons := map[int]string{}
	for lines := json.NewDecoder(bufio.NewReader(noted)); lines.More(); {
		var r clamor.RowResult
		if lines.Decode(&r) != nil { // a line that a crash cut off: its row was read again
			break
		}
		reasons[r.Line] = r.Reason
	}
	if len(reasons) == 0 {
		return 0, nil
	}
	out, err := os.Create(p.path(u.ID, ".refused.csv"))
	if err != nil {
		return 0, err
	}
	return len(reasons), errors.Join(WriteRefused(file, u.Sheet, reasons, out), out.Close())
}

// sweep removes files whose time is over, but for those that are still worked at.
func (p *Uploads) sweep(now time.Time) {
	files, err := os.ReadDir(p.o.Dir)
	if err != nil {
		return // there are none yet
	}
	for _, f := range files {
		life := uploadLife
		if strings.Contains(f.Name(), ".refused") {
			life = refusedLife
		}
		info, err := f.Info()
		if err != nil || now.Sub(info.ModTime()) < life {
			continue
		}
		id, _, _ := strings.Cut(f.Name(), ".")
		if u, err := p.store.FindUpload(context.Background(), clamor.UploadID(id)); err == nil && u.Moving() && now.Sub(info.ModTime()) < 7*uploadLife {
			continue
		}
		_ = os.Remove(filepath.Join(p.o.Dir, f.Name())) // next time, then
	}
}
