package main

import (
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clamor"
	"clamor/store"
)

// killsWanted is how often the service is killed; CLAMOR_TEST_KILLS says another number.
func killsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CLAMOR_TEST_KILLS")
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	must(t, err)
	return n
}

// feed is what vendors send to one service that is killed again and again, and what they were told.
type feed struct {
	t            *testing.T
	address      string
	acknowledged sync.Map // vendor and external id -> true
	count        atomic.Int64
	again        atomic.Int64 // deliveries sent again, for whatever reason
	ending       atomic.Bool  // no new deliveries; those begun are sent until they are acknowledged
}

// TestKilledUnderLoadLosesNothingAndRepeatsNothing kills the service while vendors push and pages are pulled. Vendors send a delivery
// again, signed anew, on anything but their kind of acknowledgement and on broken connections, and now and then though it was acknowledged,
// as they do when the answer came late.
func TestKilledUnderLoadLosesNothingAndRepeatsNothing(t *testing.T) {
	kills, dir := killsWanted(t), t.TempDir()
	recorder := newRecorder(30 * kills)
	api := httptest.NewServer(recorder)
	defer api.Close()
	f := &feed{t: t, address: freeAddress(t)}
	addVendors(t, dir, api.URL)
	args := []string{"serve", "--data-dir", dir, "--listen", f.address, "--log-level", "error", "--allow-networks", "127.0.0.0/8"}
	var senders sync.WaitGroup
	midway, processed := 0, int64(0)
	for life := range kills + 1 {
		p := startProcess(t, args...)
		if life == 0 {
			for _, v := range vendors() {
				for worker := range 3 {
					senders.Go(func() { f.send(v, worker) })
				}
			}
		}
		if life == kills {
			f.ending.Store(true)
			senders.Wait()
		}
		seen := f.count.Load()
		for tick := time.Tick(time.Millisecond); life < kills && f.count.Load() < seen+int64(life*37%200); <-tick {
		}
		must(t, p.Process.Kill())
		_ = p.Wait() // ends with the signal
		stats := buried(t, dir)
		if stats.Deliveries[clamor.Received] > 0 && stats.Deliveries[clamor.Processed] > processed {
			midway++
		}
		processed = stats.Deliveries[clamor.Processed]
	}
	if midway == 0 {
		t.Error("no kill met the workers at work")
	}
	f.check(dir, recorder, fmt.Sprintf("%d kills, %d of them in the middle of reading deliveries", kills+1, midway))
}

// send sends one delivery after the other, each until it is acknowledged.
func (f *feed) send(v vendor, worker int) {
	pause := time.Tick(5 * time.Millisecond)
	client := &http.Client{Timeout: 3 * time.Second}
	defer client.CloseIdleConnections()
	for n := worker*1_000_000 + 1; !f.ending.Load(); n++ {
		for attempt := 0; ; attempt++ {
			if attempt > 0 {
				f.again.Add(1)
				<-pause
			}
			told := v.acknowledges(post(client, v.request("http://"+f.address+"/hooks/"+v.kind, n)))
			if told && (n%13 != 0 || attempt > 0) { // else the answer came too late for this vendor
				break
			}
		}
		f.acknowledged.Store(v.kind+" "+v.note(n), true)
		f.count.Add(1)
	}
}

// post gives status and body of the answer; 0 where there was none.
func post(client *http.Client, r *http.Request) (int, string) {
	resp, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(body)
}

// buried tells what a killed service left, and ends its leases as time would.
func buried(t *testing.T, dir string) clamor.Stats {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "clamor.db"))
	must(t, err)
	stats, err := db.Stats(t.Context())
	must(t, err)
	must(t, db.Close())
	bare, err := sql.Open("sqlite", filepath.Join(dir, "clamor.db"))
	must(t, err)
	_, err = bare.Exec(`DELETE FROM lease`)
	must(t, err)
	must(t, bare.Close())
	return stats
}

// check holds what was acknowledged and what was there to be pulled against what the store has in the end.
func (f *feed) check(dir string, recorder *recorder, how string) {
	t := f.t
	t.Helper()
	must(t, run(t.Context(), []string{"pull", "fathom", "--data-dir", dir, "--allow-networks", "127.0.0.0/8"}, quietWorld())) // to the end of its list
	s := startService(t, dir)
	waitFor(t, func() bool {
		stats, err := s.db.Stats(t.Context())
		must(t, err)
		return stats.Deliveries[clamor.Received] == 0 && stats.Pending == 0
	})
	stats, err := s.db.Stats(t.Context())
	must(t, err)
	sent := 0
	f.acknowledged.Range(func(key, _ any) bool {
		sent++
		f.checkNote(s, key.(string))
		return true
	})
	for n := range recorder.meetings {
		f.checkNote(s, fmt.Sprint("fathom ", n+1))
	}
	all := int64(sent + recorder.meetings)
	if stats.Notes != all || stats.Asks != all {
		t.Errorf("%d notes and %d asks of %d deliveries and %d meetings", stats.Notes, stats.Asks, sent, recorder.meetings)
	}
	stuck := stats.Deliveries[clamor.Failed] + stats.Deliveries[clamor.Dead]
	if n := stats.Deliveries[clamor.Processed]; n != int64(sent+recorder.pages()) || stuck != 0 {
		t.Errorf("deliveries are %v, want %d processed", stats.Deliveries, sent+recorder.pages())
	}
	t.Logf("%s: %d deliveries acknowledged, %d sent again, %d meetings pulled in %d calls; each note is there once", how, sent, f.again.Load(),
		recorder.meetings, recorder.calls.Load())
}

func (f *feed) checkNote(s running, key string) {
	f.t.Helper()
	var source, id string
	for i := range key {
		if key[i] == ' ' {
			source, id = key[:i], key[i+1:]
			break
		}
	}
	note := clamor.NoteID(clamor.DeriveID("note", source, id, "1"))
	if _, asks, err := s.db.FindNote(f.t.Context(), note); err != nil || len(asks) != 1 {
		f.t.Errorf("%s was acknowledged: %d asks, %v", key, len(asks), err)
	}
	second := clamor.NoteID(clamor.DeriveID("note", source, id, "2"))
	if _, _, err := s.db.FindNote(f.t.Context(), second); clamor.KindOf(err) != clamor.NotFound {
		f.t.Errorf("%s has a second version: %v", key, err)
	}
}

// freeAddress is an address that vendors know the service by, however often it starts.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}
