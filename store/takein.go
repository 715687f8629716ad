package store

import (
	"context"
	"errors"
	"fmt"

	"clamor"
)

// TakeIn records what a delivery holds and settles it, in one transaction: accounts, deals and notes are matched and recorded, with
// the news of issues. What is there already is left as it is. d bears the state, reason, attempts and time that the delivery gets. A record
// that cannot be kept is left out, and the others go in: the delivery is then dead with the faults, or, where what is missing may
// still come (the parent of an account, the account of a deal), it fails and is read again.
func (db *DB) TakeIn(ctx context.Context, d clamor.Delivery, h clamor.Harvest) (clamor.Tally, error) {
	var tally clamor.Tally
	err := db.tx(ctx, func(w work) error {
		t := taking{db: db, work: w, delivery: d}
		if err := t.all(h); err != nil {
			return fmt.Errorf("taking in delivery %s: %w", d.ID, err)
		}
		tally = t.tally.Tally
		if err := settleDelivery(w, t.settled()); err != nil {
			return err
		}
		if err := noteMoved(w, d.ID, tally); err != nil {
			return err
		}
		if tally.NotesAdded+tally.NotesChanged+tally.AccountsMoved+tally.DealsMoved > 0 || t.tally.facts {
			return moved(w)
		}
		return nil
	})
	return tally, err
}

// reckoning is a tally, with what it does not count.
type reckoning struct {
	clamor.Tally
	facts bool // a note brought news of an account or a deal, or an ask that stands somewhere already
}

// taking is a delivery on its way in.
type taking struct {
	db *DB
	work
	delivery clamor.Delivery
	tally    reckoning
	lasting  string // faults that a person must look at
	passing  string // faults that may go away
}

func (t *taking) all(h clamor.Harvest) error {
	for i, f := range h.Accounts {
		if err := t.one("accounts", i, "account "+f.Label(), &f, func() error { return t.account(f) }); err != nil {
			return err
		}
	}
	for i, f := range h.Deals {
		if err := t.one("deals", i, "deal "+f.ExternalID, &f.Account, func() error { return t.deal(f) }); err != nil {
			return err
		}
	}
	for i, in := range h.Notes {
		if err := t.one("notes", i, "note "+in.Note.ExternalID, &in.Account, func() error { return t.note(in) }); err != nil {
			return err
		}
	}
	for i, n := range h.Issues {
		if err := t.one("issues", i, "", nil, func() error { return t.issue(n) }); err != nil {
			return err
		}
	}
	return nil
}

// one records one thing, whole or not at all, and writes down what is wrong with it; an error is the store's. Where the account may
// be any of several, what a person chose for this record holds; until then it waits in the queue.
func (t *taking) one(list string, i int, record string, account *clamor.AccountFacts, put func() error) error {
	before := t.tally
	err := nested(t.work, put)
	var several ambiguous
	if account != nil && errors.As(err, &several) {
		t.tally = before
		if account.Chosen, err = t.choice(record, *account, several); err != nil {
			return fmt.Errorf("asking for the account of %s: %w", record, err)
		}
		err = error(several)
		if account.Chosen != "" {
			err = nested(t.work, put)
		}
	}
	if err == nil {
		return nil
	}
	t.tally = before
	fault := fmt.Sprintf("%s[%d]: %v; ", list, i, err)
	switch {
	case isAwaited(err):
		t.passing += fault
	case errors.As(err, &several):
		t.lasting += fault + "or say under Accounts which one it is; "
	case clamor.KindOf(err) == clamor.Invalid:
		t.lasting += fault
	default:
		return fmt.Errorf("%s[%d]: %w", list, i, err)
	}
	return nil
}

// settled is the delivery as it stands after what was found.
func (t *taking) settled() clamor.Delivery {
	switch {
	case t.lasting != "":
		return t.delivery.Ended(t.lasting + t.passing + t.delivery.Reason)
	case t.passing != "" && t.delivery.State != clamor.Dead:
		return t.delivery.Again(t.passing+t.delivery.Reason, t.db.now())
	case t.passing != "":
		return t.delivery.Ended(t.passing + t.delivery.Reason)
	}
	return t.delivery
}

// account records an account; one whose parent is not there yet goes in without it.
func (t *taking) account(f clamor.AccountFacts) error {
	f.AsOf = orNow(f.AsOf, t.delivery.ReceivedAt)
	var outcome clamor.Outcome
	err := nested(t.work, func() (err error) {
		_, outcome, err = t.db.settle(t.work, f, true)
		return err
	})
	if isAwaited(err) {
		t.passing += fmt.Sprintf("account %s: %v; ", f.Label(), err)
		f.Parent = ""
		_, outcome, err = t.db.settle(t.work, f, true)
	}
	if err == nil && outcome != clamor.Unchanged {
		t.tally.AccountsMoved++
	}
	return err
}

func (t *taking) deal(f clamor.DealFacts) error {
	f.AsOf = orNow(f.AsOf, t.delivery.ReceivedAt)
	outcome, err := t.db.settleDeal(t.work, f)
	if err == nil && outcome != clamor.Unchanged {
		t.tally.DealsMoved++
	}
	return err
}

func (t *taking) note(in clamor.Intake) error {
	in.Note.Delivery = t.delivery.ID
	_, err := t.db.putNote(t.work, in, &t.tally)
	return err
}

func (t *taking) issue(n clamor.IssueNews) error {
	news, err := t.db.putIssue(t.work, n)
	if err == nil && news {
		t.tally.IssuesMoved++
	}
	return err
}

// PutNotes records notes that come without a delivery, each with its outcome; the same notes again change nothing.
func (db *DB) PutNotes(ctx context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error) {
	return putRows(ctx, db, intakes, dryRun, func(w work, in clamor.Intake) (clamor.Outcome, error) {
		return db.putNote(w, in, &reckoning{})
	})
}
