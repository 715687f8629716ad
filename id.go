package clamor

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// Each kind of thing has identifiers of a type of its own, so that one cannot be passed for another.

// DeliveryID identifies a Delivery.
type DeliveryID string

// NoteID identifies one version of a Note.
type NoteID string

// AskID identifies an Ask, the same through all versions of its note.
type AskID string

// FeatureID identifies a Feature.
type FeatureID string

// AccountID identifies an Account.
type AccountID string

// DealID identifies a Deal.
type DealID string

// RulingID identifies a Ruling.
type RulingID string

// PublicationID identifies a Publication.
type PublicationID string

// UserID identifies a User.
type UserID string

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
