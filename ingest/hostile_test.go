package ingest_test

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"clamor"
	"clamor/ingest"
)

// hostileBodies are as large as a hook lets them be, and made to take more memory than they have bytes.
func hostileBodies(size int) map[string]string {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (size-len(before)-len(after))/len(piece)) + after
	}
	return map[string]string{
		"numbers":       fill(`[`, `0,`, `0]`),
		"empty objects": fill(`{"notes":[`, `{},`, `{}]}`),
		"open brackets": fill(``, `[`, ``),
		"small notes":   fill(`[`, `{"text":"a","account":"b"},`, `{"text":"a","account":"b"}]`),
		"keys":          keysOf(size),
		"one long text": fill(`{"text":"`, `need. `, `","account":"b"}`),
		"captions":      fill(`{"recording":{"id":"1"},"vtt":"WEBVTT\n\n`, `00:01.000 --> 00:02.000\nA: b\n\n`, `"}`),
		"XML":           fill(`<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">`, `<a>`, ``),
		"a form":        fill(`a=b`, `&c=d`, ``),
	}
}

func keysOf(size int) string {
	var b strings.Builder
	b.WriteString(`{`)
	for i := 0; b.Len() < size-16; i++ {
		fmt.Fprintf(&b, `"%x":1,`, i)
	}
	b.WriteString(`"text":"a"}`)
	return b.String()
}

// However a body is made, reading it takes no more than so many bytes for each of its own.
func TestHostileBodiesTakeBoundedMemory(t *testing.T) {
	const size, most = 64 << 10, 250
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	worst := map[string]string{}
	for name, body := range hostileBodies(size) {
		top := 0.0
		for _, a := range ingest.Adapters() {
			ratio := float64(peak(func() { readHostile(a, []byte(body)) })) / size
			if ratio > most {
				t.Errorf("%s: %s take %.0f bytes for each of theirs", a.Kind, name, ratio)
			}
			if ratio > top {
				top, worst[name] = ratio, fmt.Sprintf("%.1f (%s)", ratio, a.Kind)
			}
		}
	}
	t.Logf("bytes taken at most for each byte of a body: %v", worst)
}

// What would take the most room is refused before it is read.
func TestTooMuchAtOnceIsRefused(t *testing.T) {
	numbers, long := "["+strings.Repeat("0,", 20_000)+"0]", `{"account":"b","text":"`+strings.Repeat("need. ", 200_000)+`"}`
	for body, want := range map[string]string{numbers: "more than 10000 notes", long: "at most 1048576", `{"notes":[` + strings.Repeat(`{},`, 20_000) + `{}]}`: "10000"} {
		for _, kind := range []string{"json", "zapier", "standard-webhooks"} {
			d := clamor.Delivery{Source: "s", Body: []byte(body), Header: map[string]string{"ce-id": "1"}}
			a := adapterOf(t, kind)
			if _, err := a.Parse(d, ingest.ParseOptions{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s of %.20s…: %.200v, want %s", kind, body, err, want)
			}
		}
	}
}

func readHostile(a ingest.Adapter, body []byte) {
	for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded", "text/xml"} {
		header := http.Header{"Content-Type": {contentType}}
		if a.Check(header, body) != nil {
			continue
		}
		d := ingest.NewDelivery(clamor.Source{Name: "s", Kind: a.Kind}, header, body, noon())
		for _, topic := range []string{"", "recordings"} {
			d.Topic = topic
			_, _ = a.Parse(d, ingest.ParseOptions{})
		}
	}
}

// peak is by how much the heap is larger at its largest while do runs.
func peak(do func()) uint64 {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	before, most := sample[0].Value.Uint64(), uint64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	for tick := time.Tick(time.Millisecond); ; <-tick {
		metrics.Read(sample)
		most = max(most, sample[0].Value.Uint64())
		select {
		case <-done:
			return most - min(most, before)
		default:
		}
	}
}
