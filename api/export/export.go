// Package export takes a ranked list out of the house: as a Markdown document, as CSV, and as exactly one GitHub issue per
// quarter and repository.
//
// It owns how a list reads outside, what must not leave the house with it, and how a publication survives faults: lost
// replies, limits, crashes, two people at once. It does not own the list, the quotes or where a publication is remembered;
// it is handed a clamor.Report and hands back a clamor.Publication.
package export

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// MaxBytes bounds the body of an issue and each of its comments. GitHub refuses more than 65,536 characters without saying
// what a character is; this many bytes pass however it counts.
const MaxBytes = 60_000

// Document is a list as it is published: an issue's title and body, with comments that continue the body.
type Document struct {
	Title    string
	Quarter  string   // "2026Q4"
	Marker   string   // what each part's hidden first line names: "clamor:2026Q4"
	Body     string   // at most MaxBytes
	Comments []string // at most MaxBytes each
	Labels   []string // that the issue should bear beside Clamor's own
	Hash     string   // SHA-256 over title, body and comments, in hex
	Shared   bool     // people write into the issue too: what stands around the document is theirs, and so is the title
	Redacted bool     // no name of an account or a person and no amount is in it
}

// Text is the whole document in one piece, for a preview or a file.
func (d Document) Text() string {
	text := "# " + d.Title + "\n\n" + d.Body
	for _, c := range d.Comments {
		text += "\n" + c
	}
	return text
}

// hash covers every piece with its length, so that no two documents share one by moving text between pieces.
func (d Document) hash() string {
	h := sha256.New()
	for _, piece := range append([]string{d.Title, d.Body}, d.Comments...) {
		h.Write([]byte(strconv.Itoa(len(piece)) + ":" + piece))
	}
	return hex.EncodeToString(h.Sum(nil))
}
