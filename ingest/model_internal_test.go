package ingest

import (
	"strings"
	"testing"
)

// The model is read by people: small, and with nothing in it from which a sentence could be put together again.
func TestTheModelIsSmallAndItsTraitsAreOnesThatSentencesHave(t *testing.T) {
	if len(modelText) > 200_000 {
		t.Errorf("the model has %d bytes", len(modelText))
	}
	cuesByName := map[string]bool{}
	l := cues()
	for _, c := range l.cues {
		cuesByName[c.name] = true
	}
	for name := range weights().weights {
		kind, what, _ := strings.Cut(name, " ")
		switch {
		case kind == "cue" && !cuesByName[what]:
			t.Errorf("%q is a cue no more: train the model anew", name)
		case (kind == "word" || kind == "pair") && len(strings.Fields(what)) > 2:
			t.Errorf("%q is more than a pair of words", name)
		}
	}
}

func TestAFaultyModelIsNamed(t *testing.T) {
	for text, says := range map[string]string{
		"bias\t-1\nword a\n":  "line 2",
		"bias\t-1\nrules\tx":  "line 2",
		"# one\n\nbias\tNaN":  "line 3",
		"word a\t1\nb\t+Inf#": "line 2",
	} {
		if _, err := parseModel(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gives %v, want %s", text, err, says)
		}
	}
}

func TestATraitCountsOnce(t *testing.T) {
	m, err := parseModel("bias\t0\nrules\t0\nword big\t2\n")
	if err != nil {
		t.Fatal(err)
	}
	l := cues()
	once, twice := m.chance(&l, l.evidence("It was big.", 0)), m.chance(&l, l.evidence("It was big, and the other was big.", 0))
	if once != twice || once < 0.85 {
		t.Errorf("said once it weighs %v, said twice %v", once, twice)
	}
}

func TestStems(t *testing.T) {
	for word, want := range map[string]string{
		"exports": "export", "exporting": "export", "exported": "export", "planned": "plan", "uses": "use", "using": "using", "use": "use",
		"sso": "sso", "is": "is", "access": "access", "calling": "call", "überall": "überall", "?": "?",
	} {
		if got := stem(word); got != want {
			t.Errorf("%q has the stem %q, want %q", word, got, want)
		}
	}
}
