package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"clamor"
)

// tokenID is a token's name. It tells nothing of the token: the hash that it is taken from is that of 256 random bits.
func tokenID(hash string) string { return "token_" + hash[:min(16, len(hash))] }

// AddToken gives a person or program an API token, and says under which id it is known.
func (db *DB) AddToken(ctx context.Context, t clamor.NewToken, by string) (clamor.Token, error) {
	made := clamor.Token{ID: tokenID(t.Hash), Tail: t.Tail, MadeBy: by, MadeAt: fromMicros(micros(db.now()))}
	err := db.tx(ctx, func(w work) (err error) {
		if made.Owner, err = db.addPerson(w, t.Name, t.Role); err != nil {
			return fmt.Errorf("adding a token for %s: %w", t.Name, err)
		}
		_, err = w.exec(`INSERT INTO token (hash, person, created_at, tail, made_by) VALUES ($1, $2, $3, $4, $5)`, t.Hash, string(made.Owner.ID),
			micros(made.MadeAt), t.Tail, by)
		return errors.Join(err, db.audit(w, by, "token create", string(made.Owner.ID), string(t.Role)))
	})
	return made, err
}

// Tokens lists all tokens, those of one owner together, the newest first.
func (db *DB) Tokens(ctx context.Context) ([]clamor.Token, error) {
	return list(db.reading(ctx), func(row scanner) (clamor.Token, error) {
		var t clamor.Token
		var hash string
		var made, used int64
		err := row.Scan(&hash, &t.Tail, &made, &t.MadeBy, &used, &t.Owner.ID, &t.Owner.Name, &t.Owner.Role, &t.Owner.Mail)
		t.ID, t.MadeAt, t.UsedAt = tokenID(hash), fromMicros(made), fromMicros(used)
		return t, err
	}, `SELECT token.hash, token.tail, token.created_at, token.made_by, token.used_at, person.id, person.name, person.role, person.mail
		FROM token JOIN person ON person.id = token.person ORDER BY LOWER(person.name), person.id, token.created_at DESC, token.hash`)
}

// DropToken ends a token at once.
func (db *DB) DropToken(ctx context.Context, id, by string) error {
	return db.tx(ctx, func(w work) error {
		var hash, owner, tail string
		err := w.row(`SELECT hash, person, tail FROM token WHERE 'token_' || substr(hash, 1, 16) = $1`, []any{id}, &hash, &owner, &tail)
		if err != nil {
			return missing(err, "token", id)
		}
		_, err = w.exec(`DELETE FROM token WHERE hash = $1`, hash)
		return errors.Join(err, db.audit(w, by, "token revoke", owner, tail))
	})
}

const accessColumns = `person.id, person.name, person.role, person.mail, person.era`

// UserByToken finds whom a token belongs to; Unauthenticated if there is no such token.
func (db *DB) UserByToken(ctx context.Context, hash string) (clamor.Access, error) {
	a := clamor.Access{Token: tokenID(hash)}
	var used int64
	err := db.reading(ctx).row(`SELECT `+accessColumns+`, token.used_at FROM token JOIN person ON person.id = token.person
		WHERE token.hash = $1 AND person.removed_at = 0`, []any{hash}, &a.ID, &a.Name, &a.Role, &a.Mail, &a.Era, &used)
	a.Seen = fromMicros(used)
	if errors.Is(err, sql.ErrNoRows) {
		return a, clamor.Errorf(clamor.Unauthenticated, "this token is not known: make one with clamor token create")
	}
	return a, err
}

// UserByID finds who somebody with a session is now; Unauthenticated if they were removed.
func (db *DB) UserByID(ctx context.Context, id clamor.UserID) (clamor.Access, error) {
	var a clamor.Access
	var seen int64
	err := db.reading(ctx).row(`SELECT `+accessColumns+`, person.seen_at FROM person WHERE id = $1 AND removed_at = 0`, []any{string(id)},
		&a.ID, &a.Name, &a.Role, &a.Mail, &a.Era, &seen)
	a.Seen = fromMicros(seen)
	if errors.Is(err, sql.ErrNoRows) {
		return a, clamor.Errorf(clamor.Unauthenticated, "you have no access any more: ask an admin")
	}
	return a, err
}

// Saw notes when somebody, or the token that they showed, was seen.
func (db *DB) Saw(ctx context.Context, a clamor.Access, at time.Time) error {
	return db.tx(ctx, func(w work) error {
		query, id := `UPDATE person SET seen_at = $1 WHERE id = $2`, string(a.ID)
		if a.Token != "" {
			query, id = `UPDATE token SET used_at = $1 WHERE 'token_' || substr(hash, 1, 16) = $2`, a.Token
		}
		_, err := w.exec(query, micros(at), id)
		return err
	})
}

// addLink adds a one-time link.
func addLink(w work, person clamor.UserID, hash string, expires int64) error {
	if _, err := w.exec(`INSERT INTO sign_in (hash, person, expires_at, used_at) VALUES ($1, $2, $3, 0)`, hash, string(person), expires); err != nil {
		return fmt.Errorf("adding a sign-in link: %w", err)
	}
	return nil
}

// dropLinks withdraws the links that wait for a person.
func dropLinks(w work, person clamor.UserID) error {
	_, err := w.exec(`DELETE FROM sign_in WHERE person = $1 AND used_at = 0`, string(person))
	return err
}

// AddSignIn keeps a one-time sign-in link, known by the SHA-256 of its text in hex, and forgets those of the person that have run out unused.
func (db *DB) AddSignIn(ctx context.Context, name string, role clamor.Role, hash string, expires time.Time) error {
	return db.tx(ctx, func(w work) error {
		u, err := db.addPerson(w, name, role)
		if err != nil {
			return fmt.Errorf("adding a sign-in link for %s: %w", name, err)
		}
		if _, err := w.exec(`DELETE FROM sign_in WHERE person = $1 AND used_at = 0 AND expires_at <= $2`, string(u.ID), micros(db.now())); err != nil {
			return err
		}
		return addLink(w, u.ID, hash, micros(expires))
	})
}

// AddLink makes a person a new link, which takes the place of those that wait for them.
func (db *DB) AddLink(ctx context.Context, id clamor.UserID, hash string, expires time.Time, by string) (clamor.Member, error) {
	var m clamor.Member
	err := db.tx(ctx, func(w work) (err error) {
		if _, err = living(w, id); err != nil {
			return err
		}
		if err = errors.Join(dropLinks(w, id), addLink(w, id, hash, micros(expires))); err != nil {
			return err
		}
		m, err = findMember(w, id)
		return errors.Join(err, db.audit(w, by, "link make", string(id), ""))
	})
	return m, err
}

// DropLinks withdraws the links that wait for a person; who never signed in is then nobody any more.
func (db *DB) DropLinks(ctx context.Context, id clamor.UserID, by string) error {
	return db.tx(ctx, func(w work) error {
		m, err := living(w, id)
		if err != nil {
			return err
		}
		return errors.Join(dropLinks(w, m.ID), db.audit(w, by, "link withdraw", string(id), ""))
	})
}

// SignInOf finds whom a sign-in link is for, and does not use it up; Unauthenticated if it is unknown, used or expired.
func (db *DB) SignInOf(ctx context.Context, hash string, now time.Time) (clamor.Access, error) {
	return signInOf(db.reading(ctx), hash, now)
}

func signInOf(w work, hash string, now time.Time) (clamor.Access, error) {
	var a clamor.Access
	err := w.row(`SELECT `+accessColumns+` FROM sign_in JOIN person ON person.id = sign_in.person
		WHERE sign_in.hash = $1 AND sign_in.used_at = 0 AND sign_in.expires_at > $2 AND person.removed_at = 0`, []any{hash, micros(now)},
		&a.ID, &a.Name, &a.Role, &a.Mail, &a.Era)
	if errors.Is(err, sql.ErrNoRows) {
		return a, clamor.Errorf(clamor.Unauthenticated,
			"this sign-in link has been used or has expired: ask an admin for a new one, or print one with clamor signin")
	}
	return a, err
}

// TakeSignIn uses a sign-in link up and finds whom it belongs to; Unauthenticated if it is unknown, used or expired.
func (db *DB) TakeSignIn(ctx context.Context, hash string, now time.Time) (clamor.Access, error) {
	var a clamor.Access
	err := db.tx(ctx, func(w work) (err error) {
		if a, err = signInOf(w, hash, now); err != nil {
			return err
		}
		if _, err := w.exec(`UPDATE sign_in SET used_at = $1 WHERE hash = $2`, micros(now), hash); err != nil {
			return err
		}
		if _, err := w.exec(`UPDATE person SET seen_at = $1 WHERE id = $2`, micros(now), string(a.ID)); err != nil {
			return err
		}
		a.Seen = now
		return db.audit(w, a.Name, "sign in", string(a.ID), "")
	})
	return a, err
}
