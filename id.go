package clamor

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Typed identifiers, so that one cannot be passed for another.
type (
	DeliveryID    string
	NoteID        string
	AskID         string
	FeatureID     string
	AccountID     string
	DealID        string
	RulingID      string
	PublicationID string
	UserID        string
)

// DeriveID makes an identifier from what a thing is: the same kind and parts give the same identifier on every
// machine, so that what arrives twice is recognised by construction. 100 bits of SHA-256 over the length-prefixed
// parts, in lower-case base32 behind the kind: "note_4f7k…".
func DeriveID(kind string, parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range append([]string{kind}, parts...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil))
	return kind + "_" + strings.ToLower(text[:20])
}
