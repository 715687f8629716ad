package dedupe

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"clamor"
)

// full is an index with all that one can hold: moved and forgotten asks, other languages, empty texts.
func full(o Options) *index {
	x := newIndex(o)
	texts := []string{"Export the ranked list to CSV", "export ranked list as csv", "Let our people log in with Okta (SAML SSO)", "", "the of and",
		"ダークモードが欲しい", "Mehr Sprachen, bitte", "Webhook retries\nwith backoff, version 2.1", "Webhook retry"}
	for i := range 5 * len(texts) {
		x.grow(clamor.AskID("ask_"+strconv.Itoa(i)), clamor.FeatureID("feature_"+strconv.Itoa(i%7)), x.read(texts[i%len(texts)], ""))
	}
	x.stand(3, "feature_elsewhere")
	x.stand(5, "")
	x.forget("ask_6")
	return x
}

func written(t *testing.T, x *index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.writeSnapshot(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestASnapshotHoldsTheWholeIndex(t *testing.T) {
	for _, o := range []Options{{}, {WordsOnly: true}, {Synonyms: "csv, comma separated values"}} {
		want := full(o)
		file := written(t, want)
		got, err := readSnapshot(bytes.NewReader(file), int64(len(file)-4), o)
		if err != nil {
			t.Fatal(err)
		}
		got.analyzer, got.scratch = want.analyzer, want.scratch
		if !reflect.DeepEqual(got, want) {
			t.Errorf("with %+v, the index read is another one than that written", o)
		}
	}
}

// What cannot be used is told apart from a disk that fails, and never taken for an index.
func TestABadSnapshotIsNoSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "asks.index")
	good := written(t, full(Options{}))
	refused := func(what string, file []byte, o Options) {
		t.Helper()
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openSnapshot(path, o); !errors.Is(err, errSnapshot) {
			t.Fatalf("%s gives %v", what, err)
		}
	}
	for at := 0; at < len(good); at += 1 + len(good)/300 {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		refused("a bit changed at "+strconv.Itoa(at), bad, Options{})
		refused("one cut off at "+strconv.Itoa(at), good[:at], Options{})
	}
	refused("one with other synonyms", good, Options{Synonyms: "csv, comma separated values"})
	refused("one with vectors", good, Options{WordsOnly: true})
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openSnapshot(path, Options{}); err != nil {
		t.Errorf("a good one gives %v", err)
	}
}

// asksOf is a store that holds asks and nothing else.
type asksOf struct {
	Store
	asks []clamor.PlacedAsk
}

func (s asksOf) EachPlacedAsk(_ context.Context, fn func(clamor.PlacedAsk) error) error {
	for _, a := range s.asks {
		if err := fn(a); err != nil {
			return err
		}
	}
	return nil
}

func TestASnapshotIsBroughtUpToTheStore(t *testing.T) {
	ctx, o := context.Background(), Options{Snapshot: filepath.Join(t.TempDir(), "asks.index")}
	before := asksOf{asks: []clamor.PlacedAsk{{ID: "1", Text: "dark mode", Feature: "dark"}, {ID: "2", Text: "audit log", Feature: "audit"},
		{ID: "3", Text: "csv export", Feature: "csv"}, {ID: "4", Text: "dark theme", Feature: "theme"}}}
	x := newIndex(o)
	if err := x.fill(ctx, before); err != nil {
		t.Fatal(err)
	}
	if err := x.saveSnapshot(o.Snapshot); err != nil {
		t.Fatal(err)
	}
	now := asksOf{asks: []clamor.PlacedAsk{{ID: "1", Text: "dark mode", Feature: "dark"}, // 2 is gone
		{ID: "3", Text: "xlsx export", Feature: "csv"}, // says something else
		{ID: "4", Text: "dark theme", Feature: "dark"}, // moved
		{ID: "5", Text: "webhooks", Feature: "hooks"}}} // new
	x, fresh, err := resume(ctx, now, o)
	if err != nil || fresh != 2 {
		t.Fatalf("%d asks are analysed, %v; want those that are new or say something else, 2", fresh, err)
	}
	for text, want := range map[string]clamor.FeatureID{"audit": "", "csv export": "csv", "xlsx": "csv", "theme": "dark", "webhooks": "hooks"} {
		var got clamor.FeatureID
		if offered := x.suggest(x.read(text, ""), nil, 1); len(offered) > 0 {
			got = offered[0].Feature
		}
		if got != want {
			t.Errorf("%q is offered %q, want %q", text, got, want)
		}
	}
	if x.live != 4 || x.filled != 3 {
		t.Errorf("%d asks in %d features", x.live, x.filled)
	}
}

// A version that reads texts otherwise must not go on with what an older one read.
func TestASnapshotOfOtherReadingsIsNotUsed(t *testing.T) {
	ctx, o := context.Background(), Options{Snapshot: filepath.Join(t.TempDir(), "asks.index")}
	store := asksOf{asks: []clamor.PlacedAsk{{ID: "1", Text: "dark mode", Feature: "dark"}}}
	x := newIndex(o)
	r := x.read("dark modes of an older version", "")
	r.sum = sumOf("dark mode", "")
	x.grow("1", "dark", r)
	if err := x.saveSnapshot(o.Snapshot); err != nil {
		t.Fatal(err)
	}
	if _, fresh, err := resume(ctx, store, o); err != nil || fresh != 1 {
		t.Errorf("%d asks are analysed, %v; want all, 1", fresh, err)
	}
}
