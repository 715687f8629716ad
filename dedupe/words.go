package dedupe

import (
	"slices"
	"strings"

	snowball "github.com/kljensen/snowball/english"
)

// stopWords are English words that say nothing alone. They still count, but little.
const stopWords = `a about above after again against all also am an and any anyone anything are as at be because been before
being below between both but by can cannot could did do does doing don't down during each else ever every few for from further
get gets getting got had has have having he her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself
just let like may me might mine more most much must my myself need no nor now of off on once only or other our out over own
please same she should so some such than that that's the their them then there there's these they this those through to too
under until up us very was way we well were what what's when where which while who whom why will with without would yes yet you
your yours want wants wanted able need needs customer customers`

// isNegative knows the words that turn a sentence round.
func isNegative(word string) bool {
	switch word {
	case "not", "no", "never", "without", "cannot", "unable", "nor", "neither", "dont", "cant", "doesnt", "didnt", "wont", "isnt":
		return true
	}
	return strings.HasSuffix(word, "n't")
}

// isAdverse knows the stems that say the same with other words.
func isAdverse(stem string) bool {
	switch stem {
	case "fail", "broken", "break", "stop", "miss", "wrong", "refus", "imposs", "lost", "lose", "stuck", "declin", "reject", "disabl",
		"remov", "hide", "hidden", "blank", "empti", "invis", "ignor", "unsupport", "disappear", "error", "block", "prevent", "less",
		"avoid", "crash", "longer", "unabl":
		return true
	}
	return false
}

// oppositePairs are words of which one excludes the other: two requests that differ in them are two requests.
const oppositePairs = `import export, add remove, add delete, create delete, enable disable, show hide, open close, on off,
left right, up down, increase decrease, increase reduce, upload download, login logout, lock unlock, before after, light dark,
buy sell, incoming outgoing, send receive, first last, minimum maximum, min max, start stop, start end, top bottom,
vertical horizontal, public private, read write, input output, allow block, allow prevent, expand collapse, more less,
more fewer, old new, big small, long short, high low, fast slow, gain lose, deposit withdraw, credit debit, daily weekly,
weekly monthly, daily monthly, monthly yearly, ascending descending, inbound outbound, internal external, local remote,
online offline, single multiple, manual automatic, encrypt decrypt, undo redo, copy cut, forward backward, next previous,
approve reject, accept decline, hire fire, windows mac, windows linux, mac linux, android ios, desktop mobile, men women,
male female, husband wife, north south, east west, day night, best worst, good bad, sync async, advantages disadvantages,
physical virtual, merge split`

// opposites maps a stem to the stems it excludes.
func opposites() map[string][]string {
	all := map[string][]string{}
	for _, p := range strings.Split(oppositePairs, ",") {
		two := strings.Fields(p)
		a, b := snowball.Stem(two[0], true), snowball.Stem(two[1], true)
		all[a], all[b] = append(all[a], b), append(all[b], a)
	}
	return all
}

// exclude reports whether two stems are opposites: listed among those of the first, or one made of the other by a prefix that turns it round.
func exclude(listed []string, a, b string) bool {
	if slices.Contains(listed, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 3 || !strings.HasSuffix(b, a) {
		return false
	}
	switch b[:len(b)-len(a)] {
	case "un", "dis", "de", "non", "in":
		return true
	}
	return false
}
