package dedupe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"clamor"
	"clamor/dedupe"
)

// A line is answered from the lines before it alone: cut anywhere, the stream is answered with the same bytes so far.
func TestClusterIsAStream(t *testing.T) {
	in, err := os.ReadFile("testdata/banking77.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(in), "\n")
	whole := clusterBytes(t, in, dedupe.Options{})
	for _, n := range []int{0, 1, 2, 37, 299, 600} {
		cut := clusterBytes(t, []byte(strings.Join(lines[:n], "")), dedupe.Options{})
		if !bytes.HasPrefix(whole, cut) || bytes.Count(cut, []byte("\n")) != n {
			t.Errorf("the first %d lines are answered otherwise without the rest", n)
		}
	}
}

func TestClusterAnswersInOrder(t *testing.T) {
	in := `{"id":"a","title":"Export the list to CSV","body":"for the board"}
{"id":7,"text":"Dark mode","date":"2026-01-02","other":{"key":[1]}}

{"id":"b","text":"export list to csv"}
{"id":"c","text":""}`
	got := parse[answered](t, clusterBytes(t, []byte(in), dedupe.Options{}))
	var ids []string
	for _, a := range got {
		ids = append(ids, a.ID+"→"+a.Cluster)
	}
	if want := "a→a 7→7 b→a c→c"; strings.Join(ids, " ") != want {
		t.Errorf("answered %v, want %s", ids, want)
	}
	if b := got[2]; b.Score <= 0 || len(b.Terms) == 0 || b.Suggestions[0] != "a" {
		t.Errorf("a join without its reason: %+v", b)
	}
}

func TestClusterNamesTheFaultyLine(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"{\"id\":\"a\",\"text\":\"x\"}\nnot json\n", "line 2: is no text"},
		{"{\"text\":\"x\"}", `line 1: "id" is missing`},
		{"{\"id\":\"a\"}", `line 1: "text" is missing`},
		{"{\"id\":{},\"text\":\"x\"}", "line 1"},
		{"[]", "line 1: is no text"},
		{"\n\n{\"id\":\"a\",\"text\":5}", "line 3"},
	} {
		var out bytes.Buffer
		err := dedupe.Cluster(context.Background(), strings.NewReader(c.in), &out, dedupe.Options{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: error %v, want one that says %q", c.in, err, c.says)
		}
	}
	var out bytes.Buffer
	err := dedupe.Cluster(context.Background(), strings.NewReader("{\"id\":\"a\",\"text\":\"x\"}\noops"), &out, dedupe.Options{})
	if bytes.Count(out.Bytes(), []byte("\n")) != 1 || clamor.KindOf(errorsFirst(err)) != clamor.Invalid {
		t.Errorf("the lines before a fault are not answered, or the fault is not the sender's: %q, %v", out.String(), err)
	}
}

// errorsFirst gives the first of joined errors.
func errorsFirst(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()[0]
	}
	return err
}

// hostile are texts that nobody means to send and everybody does.
func hostile() []string {
	return []string{
		"", " \n\t ", "login", "the of and to a", strings.Repeat("export ", 100_000), strings.Repeat("All work and no play. ", 50_000),
		"🙂🙃🙂", "👩‍👩‍👧‍👦 family accounts 🇩🇪", "تصدير القائمة إلى ملف", "ייצוא הרשימה לקובץ", "z̸̡̢̛͇̘a̷̛̖͐l̶̰̓g̵̻͝o̴̟͘ t̸̰̕e̵̟͝x̶̜̕t̷̝̉",
		"nul\x00byte export", "bad \xff\xfe utf8 \xc3", strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo", 4000), "ｆｕｌｌ ｗｉｄｔｈ", "日本語の検索を速くしてほしい",
		"goroutine 1 [running]:\nmain.main()\n\t/app/main.go:12 +0x1d\nexit status 2", strings.Repeat("a\n", 50_000), "5.3", "<script>alert(1)</script>",
	}
}

// Whatever comes in is answered, once, with figures that can be read, and twice the same.
func TestHostileTexts(t *testing.T) {
	var in bytes.Buffer
	for round := range 2 {
		for i, text := range hostile() {
			line, _ := json.Marshal(map[string]string{"id": fmt.Sprintf("%d-%d", round, i), "text": text})
			in.Write(append(line, '\n'))
		}
	}
	out := clusterBytes(t, in.Bytes(), dedupe.Options{})
	got := parse[answered](t, out)
	if len(got) != 2*len(hostile()) {
		t.Fatalf("%d texts, %d answers", 2*len(hostile()), len(got))
	}
	for i, a := range got {
		if a.Score < 0 || a.Score > 1.001 {
			t.Errorf("text %d scores %v", i, a.Score)
		}
	}
	if !bytes.Equal(out, clusterBytes(t, in.Bytes(), dedupe.Options{})) {
		t.Error("the same texts are answered otherwise the second time")
	}
}

func TestAThousandIdenticalTextsAreOne(t *testing.T) {
	var in bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&in, "{\"id\":\"%d\",\"text\":\"Please add single sign-on for our contractors\"}\n", i)
	}
	for i, a := range parse[answered](t, clusterBytes(t, in.Bytes(), dedupe.Options{})) {
		if a.Cluster != "0" {
			t.Fatalf("text %d is put into %s, want the first one's cluster", i, a.Cluster)
		}
	}
}

// Two requests that differ in one telling word are two requests, however alike the rest is.
func TestTellingDifferencesKeepApart(t *testing.T) {
	for _, p := range [][2]string{
		{"Import accounts from a CSV file", "Export accounts to a CSV file"},
		{"Allow to pin a feature on the list", "Allow to unpin a feature on the list"},
		{"Support TLS 1.2 for webhooks", "Support TLS 1.3 for webhooks"},
		{"Enable notifications for new notes", "Disable notifications for new notes"},
		{"Sync deals from Salesforce every hour", "Sync deals from HubSpot every hour"},
		{"Add a Lao translation of the pages", "Add a Tibetan translation of the pages"},
		{"Send the weekly digest by email", "Send the monthly digest by email"},
		{"Show archived deals in the report", "Hide archived deals in the report"},
	} {
		got := pairAnswer(t, p)
		if got.Cluster != "a" && len(got.Suggestions) > 0 {
			continue
		}
		t.Errorf("%q and %q: cluster %s, suggestions %v; want them apart, the one offered for the other", p[0], p[1], got.Cluster, got.Suggestions)
	}
}

func TestOtherSpellingsJoin(t *testing.T) {
	for _, p := range [][2]string{
		{"Let people log in with Okta", "Let people sign in with Okta"},
		{"SSO with Okta", "Single sign-on with Okta"},
		{"Two-factor authentication for admins", "2FA for administrators"},
		{"Dark mode for the dashboard", "Dark theme for the dashboards"},
		{"Exporting ranked lists to CSV", "Export the ranked list to CSV"},
		{"ＣＳＶ export of the ranked list", "CSV export of the ranked list"},
		{"Экспорт отчётов в таблицу", "Экспорт отчёта в таблицы"},
	} {
		if got := pairAnswer(t, p); got.Cluster != "a" {
			t.Errorf("%q and %q stay apart", p[0], p[1])
		}
	}
}

// pairAnswer gives the answer for the second text of a pair behind the first.
func pairAnswer(t *testing.T, p [2]string) answered {
	t.Helper()
	var in bytes.Buffer
	for i, text := range p {
		line, _ := json.Marshal(map[string]string{"id": string(rune('a' + i)), "text": text})
		in.Write(append(line, '\n'))
	}
	return parse[answered](t, clusterBytes(t, in.Bytes(), dedupe.Options{}))[1]
}

func FuzzCluster(f *testing.F) {
	for _, text := range hostile()[:4] {
		f.Add([]byte(fmt.Sprintf("{\"id\":1,\"text\":%q}\n", text)))
	}
	f.Add([]byte("{\"id\":\"a\",\"title\":\"x\",\"body\":\"\xff\"}\n{"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		err := dedupe.Cluster(context.Background(), bytes.NewReader(in), &out, dedupe.Options{})
		if err != nil && clamor.KindOf(errorsFirst(err)) != clamor.Invalid {
			t.Fatal(err)
		}
		parse[answered](t, out.Bytes())
	})
}
