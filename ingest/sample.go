package ingest

import (
	"strings"

	"clamor"
)

// Sample is a request such as a vendor sends, to be sent by hand with curl.
type Sample struct {
	body    string   // the word NOW_MS in it stands for the milliseconds since 1970
	media   string   // "" is JSON
	headers []string // further ones
	proof   proof
}

// proof is how a request proves the source's secret.
type proof struct {
	make    []string // lines of shell that make what the headers name, of $SECRET and $BODY
	headers []string // as they stand between double quotes
}

func bearer(clamor.Source) proof { return proof{headers: []string{"Authorization: Bearer $SECRET"}} }

func tokenHeader(clamor.Source) proof {
	return proof{headers: []string{"Authorization: Token $SECRET"}}
}

const (
	secondsNow = "NOW=$(date +%s)"
	hexDigest  = `openssl dgst -sha256 -hmac "$SECRET" | sed 's/.* //')`
	binDigest  = `openssl dgst -sha256 -hmac "$SECRET" -binary | base64)`
)

// signing makes $SIGNATURE of a content.
func signing(content, digest string) string {
	return `SIGNATURE=$(printf %s "` + content + `" | ` + digest
}

func slackSigned(clamor.Source) proof {
	return proof{[]string{secondsNow, signing("v0:$NOW:$BODY", hexDigest)}, []string{"X-Slack-Request-Timestamp: $NOW", "X-Slack-Signature: v0=$SIGNATURE"}}
}

func zendeskSigned(clamor.Source) proof {
	return proof{[]string{"NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ)", signing("$NOW$BODY", binDigest)},
		[]string{"X-Zendesk-Webhook-Signature-Timestamp: $NOW", "X-Zendesk-Webhook-Signature: $SIGNATURE"}}
}

func intercomSigned(clamor.Source) proof {
	return proof{[]string{signing("$BODY", strings.Replace(hexDigest, "sha256", "sha1", 1))}, []string{"X-Hub-Signature: sha1=$SIGNATURE"}}
}

func linearSigned(clamor.Source) proof {
	return proof{[]string{signing("$BODY", hexDigest)}, []string{"Linear-Signature: $SIGNATURE"}}
}

func hubSigned(header string) func(clamor.Source) proof {
	return func(clamor.Source) proof {
		return proof{[]string{signing("$BODY", hexDigest)}, []string{header + ": sha256=$SIGNATURE"}}
	}
}

// standard signs by Standard Webhooks. A secret that begins with whsec_ holds its key in base64.
func standard(s clamor.Source) proof {
	p := proof{headers: []string{"webhook-id: clamor-sample", "webhook-timestamp: $NOW", "webhook-signature: v1,$SIGNATURE"}}
	if !strings.HasPrefix(s.Secret, "whsec_") {
		p.make = []string{secondsNow, signing("clamor-sample.$NOW.$BODY", binDigest)}
		return p
	}
	keyed := strings.Replace(binDigest, `-hmac "$SECRET"`, `-mac HMAC -macopt "hexkey:$KEY"`, 1)
	p.make = []string{secondsNow, `KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | od -An -tx1 | tr -d ' \n')`, signing("clamor-sample.$NOW.$BODY", keyed)}
	return p
}

// senderProof is the signature that the settings of a source name, or its secret.
func senderProof(s clamor.Source) proof {
	header := s.Settings["signature_header"]
	if header == "" {
		return bearer(s)
	}
	digest := hexDigest
	if s.Settings["signature_encoding"] == "base64" {
		digest = binDigest
	}
	return proof{[]string{signing("$BODY", digest)}, []string{header + ": $SIGNATURE"}}
}

// Command is the request as lines for a shell with curl and, where it is signed, openssl.
func (s Sample) Command(address, secret string) string {
	var b strings.Builder
	b.WriteString("SECRET=" + shellWord(secret) + "\n")
	b.WriteString("BODY=" + strings.ReplaceAll(shellWord(s.body), "NOW_MS", `'$(date +%s)000'`) + "\n")
	for _, line := range s.proof.make {
		b.WriteString(line + "\n")
	}
	media := s.media
	if media == "" {
		media = "application/json"
	}
	b.WriteString("curl -sS " + shellWord(address))
	for _, header := range append(append([]string{"Content-Type: " + media}, s.headers...), s.proof.headers...) {
		b.WriteString(" \\\n  -H " + `"` + header + `"`)
	}
	b.WriteString(" \\\n  --data-binary \"$BODY\"\n")
	return b.String()
}

// shellWord writes a text so that a shell takes it as it is.
func shellWord(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
