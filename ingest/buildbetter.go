package ingest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"clamor"
)

const buildBetterKind = "buildbetter"

func buildBetter() Adapter {
	return Adapter{
		Kind:  buildBetterKind,
		Title: "BuildBetter",
		Settings: append([]Setting{
			{Name: "base_url", Meaning: "the address of the GraphQL API", Default: "https://api.buildbetter.app/v1/graphql"},
			{Name: "signal_types", Default: "featureRequest",
				Meaning: "the types of signals that are asks, as your organisation calls them, with commas between them; * takes all"},
			{Name: "call_url", Default: "https://app.buildbetter.app/call/{call}?t={second}",
				Meaning: "the address of a call, with {call} for its id and {second} for the moment"},
			{Name: "days", Meaning: "how many days back the first pull reads", Default: "90"},
		}, houseSettings()...),
		Verify:     func(s clamor.Source, r Request, _ time.Time) error { return provenBySecret(s, r) },
		Check:      checkJSON,
		DeliveryID: unnumbered,
		Parse:      parseBuildBetter,
		Pull:       pullBuildBetter,
	}
}

// parseBuildBetter reads one signal as a workflow sends it by our own body, or a page of signals.
func parseBuildBetter(d clamor.Delivery, o ParseOptions) (clamor.Harvest, error) {
	o = o.of(d)
	var h clamor.Harvest
	var faults []clamor.Fault
	root, err := rootOf(d.Body, &faults)
	if err != nil {
		return h, err
	}
	var signals []signal
	if d.Topic != "" {
		for _, s := range root.down("data").objects("extraction") {
			signals = append(signals, pulledSignal(s, o))
		}
	} else {
		signals = append(signals, sentSignal(root, o))
	}
	for _, s := range signals {
		if s.wanted(o.told(buildBetterKind, "signal_types")) {
			s.harvest(&h, o, &faults)
		}
	}
	return harvested(h, d, faults)
}

// signal is one thing that BuildBetter heard in a call.
type signal struct {
	path    string
	id      string
	types   []string
	chosen  bool   // the sender has no types
	summary string // what is asked for, in BuildBetter's words
	quote   string // the words of the call, perhaps of several people
	context string
	url     string
	call    string // the title of the call
	at      time.Time
	who     clamor.Person
	account clamor.AccountFacts
}

// sentSignal reads the body that our documentation gives for BuildBetter's HTTP request. All but the id and the words may be missing.
func sentSignal(o object, options ParseOptions) signal {
	id := cmp.Or(o.text("signal_id", maxID), o.text("id", maxID))
	if id == "" {
		o.fault("signal_id", "is missing: copy the body from our documentation into the workflow's HTTP request")
	}
	s := signal{
		path:    o.path,
		id:      id,
		types:   strings.Split(o.word("type"), ","),
		chosen:  o.word("type") == "",
		summary: o.raw("summary"),
		quote:   o.raw("quote"),
		context: o.raw("context"),
		url:     o.link("call_url"),
		call:    o.text("call_title", maxURL),
		at:      o.moment("call_time"),
		who:     clamor.Person{Name: o.text("person_name", maxName), Email: o.text("person_email", maxName)},
		account: clamor.AccountFacts{Name: o.text("company", maxName), Domains: domainsIn(o.word("company_domain"))},
	}
	if s.url == "" && o.word("call_id") != "" {
		s.url = callAddress(options, o.word("call_id"), o.word("start_sec"))
	}
	return s
}

// pulledSignal reads a row of the API.
func pulledSignal(o object, options ParseOptions) signal {
	person, call := o.down("person"), o.down("call")
	company := person.down("company")
	s := signal{
		path:    o.path,
		id:      o.text("id", maxID),
		summary: cmp.Or(o.raw("summary"), o.raw("text")),
		quote:   o.raw("exact_quote"),
		context: o.raw("context"),
		url:     callAddress(options, call.word("id"), o.word("start_sec")),
		call:    call.text("name", maxURL),
		at:      call.moment("recorded_at"),
		who: clamor.Person{Name: cleanLine(person.raw("first_name") + " " + person.raw("last_name")),
			Email: person.text("email", maxName)},
		account: clamor.AccountFacts{Name: company.text("name", maxName)},
	}
	for _, t := range o.objects("types") {
		s.types = append(s.types, t.down("type").word("name"))
	}
	if id := company.word("id"); id != "" {
		s.account.ExternalIDs = map[string]string{buildBetterKind: id}
	}
	if s.at.IsZero() {
		s.at = o.moment("display_ts")
	}
	return s
}

// callAddress is the address of a moment of a call, "" where the call is not known.
func callAddress(o ParseOptions, call, second string) string {
	if call == "" {
		return ""
	}
	at := max(momentIn(second, time.Second), 0)
	return strings.NewReplacer("{call}", call, "{second}", strconv.Itoa(int(at/time.Second))).Replace(o.told(buildBetterKind, "call_url"))
}

// wanted reports whether a signal is of a type that the user chose. A workflow that sends no type has chosen by itself.
func (s signal) wanted(types string) bool {
	for chosen := range strings.SplitSeq(types, ",") {
		chosen = bareType(chosen)
		if chosen == "*" || slices.ContainsFunc(s.types, func(t string) bool { return chosen != "" && bareType(t) == chosen }) {
			return true
		}
	}
	return s.chosen
}

// bareType makes "Feature request", "feature_request" and "featureRequest" equal.
func bareType(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '*' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
