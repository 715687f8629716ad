package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"clamor"

	"github.com/google/uuid"
)

// newPerson adds a person. Several may bear one name.
func (db *DB) newPerson(w work, name string, role clamor.Role, mail string) (clamor.User, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return clamor.User{}, err
	}
	u := clamor.User{ID: clamor.UserID("user_" + id.String()), Name: name, Role: role, Mail: mail}
	_, err = w.exec(`INSERT INTO person (id, name, role, mail, created_at) VALUES ($1, $2, $3, $4, $5)`, string(u.ID), name, string(role), mail, micros(db.now()))
	return u, err
}

// addPerson finds the first person of a name and role or adds one.
func (db *DB) addPerson(w work, name string, role clamor.Role) (clamor.User, error) {
	u := clamor.User{Name: name, Role: role}
	err := w.row(`SELECT id, mail FROM person WHERE name = $1 AND role = $2 AND removed_at = 0 ORDER BY created_at, id LIMIT 1`,
		[]any{name, string(role)}, &u.ID, &u.Mail)
	if errors.Is(err, sql.ErrNoRows) {
		return db.newPerson(w, name, role, "")
	}
	return u, err
}

// memberColumns tells all of a person but what they did.
const memberColumns = `person.id, person.name, person.role, person.mail, person.created_at, person.seen_at, person.removed_at,
	(SELECT COUNT(*) FROM sign_in WHERE sign_in.person = person.id AND sign_in.used_at > 0),
	(SELECT COALESCE(MAX(sign_in.expires_at), 0) FROM sign_in WHERE sign_in.person = person.id AND sign_in.used_at = 0),
	(SELECT COUNT(*) FROM token WHERE token.person = person.id)`

func scanMember(row scanner) (clamor.Member, error) {
	var m clamor.Member
	var created, seen, removed, signIns, until int64
	err := row.Scan(&m.ID, &m.Name, &m.Role, &m.Mail, &created, &seen, &removed, &signIns, &until, &m.Tokens)
	m.CreatedAt, m.SeenAt, m.LinkUntil = fromMicros(created), fromMicros(seen), fromMicros(until)
	m.Removed, m.Joined = removed != 0, signIns > 0
	return m, err
}

// Members are the people of the workspace by name: who has signed in, or may. Programs, which have tokens alone, are none, and neither is
// who was removed.
func (db *DB) Members(ctx context.Context) ([]clamor.Member, error) {
	var all []clamor.Member
	err := db.view(ctx, func(w work) (err error) {
		all, err = list(w, scanMember, `SELECT `+memberColumns+` FROM person WHERE removed_at = 0
			AND EXISTS (SELECT 1 FROM sign_in WHERE sign_in.person = person.id) ORDER BY LOWER(name), created_at, id`)
		for i := range all {
			err = errors.Join(err, countDeeds(w, &all[i]))
		}
		return err
	})
	return all, err
}

// Member finds one person, removed or not.
func (db *DB) Member(ctx context.Context, id clamor.UserID) (clamor.Member, error) {
	var m clamor.Member
	err := db.view(ctx, func(w work) (err error) {
		if m, err = findMember(w, id); err != nil {
			return err
		}
		return countDeeds(w, &m)
	})
	return m, err
}

func findMember(w work, id clamor.UserID) (clamor.Member, error) {
	m, err := scanMember(w.one(`SELECT `+memberColumns+` FROM person WHERE id = $1`, string(id)))
	return m, missing(err, "person", id)
}

// countDeeds counts what a person did, as far as is worth telling apart.
func countDeeds(w work, m *clamor.Member) error {
	return w.row(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM note WHERE `+writtenBy+` AND version = 1 LIMIT $4) AS written),
		(SELECT COUNT(*) FROM (SELECT 1 FROM ruling WHERE ruled_by = $5 AND kind <> 'undo' LIMIT $4) AS ruled)`,
		[]any{nameKey(m.Name), m.Mail, string(m.ID), clamor.MostCounted, m.Name}, &m.Notes, &m.Rulings)
}

// Invite adds a person and a link by which they sign in for the first time.
func (db *DB) Invite(ctx context.Context, in clamor.Invitation, by string) (clamor.Member, error) {
	in.Name, in.Mail = strings.Join(strings.Fields(in.Name), " "), nameKey(in.Mail)
	if err := clamor.CheckMember(in.Name, in.Role, in.Mail); err != nil {
		return clamor.Member{}, err
	}
	var m clamor.Member
	err := db.tx(ctx, func(w work) error {
		u, err := db.newPerson(w, in.Name, in.Role, in.Mail)
		if err != nil {
			return fmt.Errorf("adding %s: %w", in.Name, err)
		}
		if err := addLink(w, u.ID, in.Hash, micros(in.Expires)); err != nil {
			return err
		}
		if m, err = findMember(w, u.ID); err != nil {
			return err
		}
		return db.audit(w, by, "person invite", string(u.ID), string(in.Role))
	})
	return m, err
}

// living finds a person who was not removed.
func living(w work, id clamor.UserID) (clamor.Member, error) {
	m, err := findMember(w, id)
	if err == nil && m.Removed {
		err = clamor.Errorf(clamor.Conflict, "%s was removed: invite them again", m.Name)
	}
	return m, err
}

// EditMember changes a person's role and address; both hold from the next request on.
func (db *DB) EditMember(ctx context.Context, id clamor.UserID, e clamor.MemberEdit, by string) (clamor.Member, error) {
	var m clamor.Member
	err := db.tx(ctx, func(w work) (err error) {
		if m, err = living(w, id); err != nil {
			return err
		}
		was := m
		if e.Role != nil {
			m.Role = *e.Role
		}
		if e.Mail != nil {
			m.Mail = nameKey(*e.Mail)
		}
		if err := clamor.CheckMember(m.Name, m.Role, m.Mail); err != nil {
			return err
		}
		return db.changeMember(w, was, m, by)
	})
	return m, err
}

func (db *DB) changeMember(w work, was, m clamor.Member, by string) error {
	if was.Mail != m.Mail {
		if err := db.audit(w, by, "person email", string(m.ID), m.Mail); err != nil {
			return err
		}
	}
	if was.Role != m.Role {
		if err := othersAdminister(w, was); err != nil {
			return err
		}
		if err := db.audit(w, by, "person role", string(m.ID), fmt.Sprintf("%s, was %s", m.Role, was.Role)); err != nil {
			return err
		}
	}
	_, err := w.exec(`UPDATE person SET role = $1, mail = $2 WHERE id = $3`, string(m.Role), m.Mail, string(m.ID))
	return err
}

// othersAdminister refuses to take the last admin away who has ever signed in: nobody could let anybody in any more.
func othersAdminister(w work, m clamor.Member) error {
	if m.Role != clamor.Admin || !m.Joined {
		return nil
	}
	var others int
	err := w.row(`SELECT COUNT(*) FROM person WHERE role = 'admin' AND removed_at = 0 AND id <> $1
		AND EXISTS (SELECT 1 FROM sign_in WHERE sign_in.person = person.id AND sign_in.used_at > 0)`, []any{string(m.ID)}, &others)
	if err == nil && others == 0 {
		err = clamor.Errorf(clamor.Conflict, "%s is the last admin: make somebody else one first, who has signed in", m.Name)
	}
	return err
}

// RemoveMember shuts a person out at once: sessions, tokens and links end. What they did keeps their name.
func (db *DB) RemoveMember(ctx context.Context, id clamor.UserID, by string) error {
	return db.tx(ctx, func(w work) error {
		m, err := living(w, id)
		if err != nil {
			return err
		}
		if err := othersAdminister(w, m); err != nil {
			return err
		}
		if _, err := w.exec(`UPDATE person SET removed_at = $1, era = era + 1 WHERE id = $2`, micros(db.now()), string(id)); err != nil {
			return fmt.Errorf("removing %s: %w", m.Name, err)
		}
		if _, err := w.exec(`DELETE FROM token WHERE person = $1`, string(id)); err != nil {
			return err
		}
		return errors.Join(dropLinks(w, id), db.audit(w, by, "person remove", string(id), string(m.Role)))
	})
}

// EndSessions signs a person out everywhere, and withdraws the links that wait for them.
func (db *DB) EndSessions(ctx context.Context, id clamor.UserID, by string) error {
	return db.tx(ctx, func(w work) error {
		if _, err := living(w, id); err != nil {
			return err
		}
		_, err := w.exec(`UPDATE person SET era = era + 1 WHERE id = $1`, string(id))
		return errors.Join(err, dropLinks(w, id), db.audit(w, by, "person sessions end", string(id), ""))
	})
}

// Admins are the names of some who may do everything, for those who have to ask one.
func (db *DB) Admins(ctx context.Context, limit int) ([]string, error) {
	return list(db.reading(ctx), func(row scanner) (name string, err error) { return name, row.Scan(&name) },
		`SELECT DISTINCT name FROM person WHERE role = $1 ORDER BY name LIMIT $2`, string(clamor.Admin), limit)
}
