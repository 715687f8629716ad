package ingest

import (
	"encoding/hex"
	"hash"
	"strings"

	"clamor"
)

// signedBody checks an HMAC of the bare body in a header, as hex behind a prefix: what most trackers and help desks do. secretAt tells
// where the vendor shows the secret.
func signedBody(s clamor.Source, r Request, header, prefix string, algorithm func() hash.Hash, secretAt string) error {
	if err := noSecret(s); err != nil {
		return err
	}
	value := r.Header.Get(header)
	if value == "" {
		return clamor.Errorf(clamor.Unauthenticated, "%s is missing: set the secret at the sender too, %s", header, secretAt)
	}
	given, ok := strings.CutPrefix(value, prefix)
	if !ok || !macFits(algorithm, []byte(s.Secret), r.Body, given, hex.DecodeString) {
		return clamor.Errorf(clamor.Unauthenticated, "%s does not fit these bytes: the secret is %s", header, secretAt)
	}
	return nil
}
