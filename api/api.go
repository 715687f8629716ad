// Package api is the HTTP face of Clamor: it receives webhooks, answers the JSON API, signs people in and serves the pages.
//
// It owns status codes, credentials, roles, request limits and the shapes of its JSON. It does not own SQL (package store), the
// reading of payloads (package ingest), HTML (package api/web) or what leaves for a tracker (package api/export). gin stays inside
// this package: no other package sees a gin type.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"clamor"
	"clamor/api/export"
	"clamor/api/web"
	"clamor/dedupe"
	"clamor/rank"
)

// Store is what the HTTP side needs of the store. All methods may be called concurrently; "no such thing" is an error of kind
// clamor.NotFound.
type Store interface {
	FindSource(ctx context.Context, name string) (clamor.Source, error)
	Sources(ctx context.Context) ([]clamor.Source, error)
	// AddSource is a Conflict if the name is taken.
	AddSource(ctx context.Context, s clamor.Source, by string) error
	// PutSource changes all of a source but its name, kind and age; what says what was changed.
	PutSource(ctx context.Context, s clamor.Source, what, by string) error
	// Recognise says which accounts records speak of, and changes nothing.
	Recognise(ctx context.Context, records []clamor.AccountFacts) ([]clamor.Match, error)
	AddDelivery(ctx context.Context, d clamor.Delivery) (id clamor.DeliveryID, duplicate bool, err error)
	FindDelivery(ctx context.Context, id clamor.DeliveryID) (clamor.Delivery, error)
	// Replay marks deliveries to be read anew by the workers, and says how many.
	Replay(ctx context.Context, r clamor.Replay, by string) (int64, error)
	SourceStore

	FindNote(ctx context.Context, id clamor.NoteID) (clamor.Note, []clamor.Ask, error)
	FindFeature(ctx context.Context, id clamor.FeatureID) (clamor.Feature, error)
	// Features finds many at once; ids that are not there are left out.
	Features(ctx context.Context, ids []clamor.FeatureID) (map[clamor.FeatureID]clamor.Feature, error)
	// Quotes are the asks of a feature and of what is merged into it, newest first.
	Quotes(ctx context.Context, id clamor.FeatureID) ([]clamor.Quote, error)
	// QuotePage are the newest of them, behind the one named where one is.
	QuotePage(ctx context.Context, id clamor.FeatureID, behind clamor.AskID, limit int) ([]clamor.Quote, error)
	// AccountQuotes are the newest asks of an account on all features, wherever those stand.
	AccountQuotes(ctx context.Context, id clamor.AccountID, limit int) ([]clamor.Quote, error)
	// Duplicates are the features merged into a feature, directly or by a chain.
	Duplicates(ctx context.Context, id clamor.FeatureID) ([]clamor.Feature, error)
	// EditFeature is Stale unless version is the stored one; version 0 skips the check.
	EditFeature(ctx context.Context, id clamor.FeatureID, version int64, edit clamor.FeatureEdit, by string) (clamor.Feature, error)
	Accounts(ctx context.Context, ids []clamor.AccountID) (map[clamor.AccountID]clamor.Account, error)
	// AccountNames are all names and domains by which accounts are known.
	AccountNames(ctx context.Context) ([]string, error)
	// People are all who are named in notes, as contact or author.
	People(ctx context.Context) ([]clamor.Person, error)
	Deals(ctx context.Context, ids []clamor.DealID) (map[clamor.DealID]clamor.Deal, error)
	// PutAccount records facts of the account with this id, or with this "system:id" elsewhere, which is made if there is none.
	PutAccount(ctx context.Context, id string, facts clamor.AccountFacts, by string) (clamor.Account, error)
	// MergeAccounts lets an account count as another; Conflict if it does already. UnmergeAccount takes that back.
	MergeAccounts(ctx context.Context, id, into clamor.AccountID, by, reason string) error
	UnmergeAccount(ctx context.Context, id clamor.AccountID, by, reason string) error
	// MergedAccounts are those that count as an account, the last merged first.
	MergedAccounts(ctx context.Context, id clamor.AccountID) ([]clamor.MergedAccount, error)
	// Ambiguities are the records that wait for a person to say which account they speak of; Choose settles one of them, and has
	// its delivery read again.
	Ambiguities(ctx context.Context, limit int) ([]clamor.Ambiguity, error)
	OpenAmbiguities(ctx context.Context) (int64, error)
	Choose(ctx context.Context, id string, c clamor.Choice) (clamor.AccountID, error)

	TriageStore
	ListStore
	ReporterStore
	StartStore
	UploadStore
	Rule(ctx context.Context, r clamor.Ruling) (clamor.Ruling, error)
	// Undo takes a ruling back; Conflict if that was done already.
	Undo(ctx context.Context, id clamor.RulingID, by, reason string) (clamor.Ruling, error)
	// Rulings are those on a feature, on its asks and on its merges, newest first.
	Rulings(ctx context.Context, id clamor.FeatureID) ([]clamor.Ruling, error)

	// Promises lists open ones first, by the day they are due. AddPromise and EditPromise name every fault at once; an edit is Stale unless
	// version is the stored one, and version 0 skips the check.
	Promises(ctx context.Context, q clamor.PromiseQuery) ([]clamor.Promise, error)
	AddPromise(ctx context.Context, p clamor.Promise, e clamor.PromiseEdit, by string) (clamor.Promise, error)
	EditPromise(ctx context.Context, id clamor.PromiseID, version int64, e clamor.PromiseEdit, by string) (clamor.Promise, error)

	// RankingSettings is the newest version of the ranking settings, with the rates that hold; version 0 where there is none.
	DeduperSettings(ctx context.Context) (clamor.DeduperSettings, error)
	DeduperSettingsVersions(ctx context.Context, limit int) ([]clamor.DeduperSettings, error)
	PutDeduperSettings(ctx context.Context, s clamor.DeduperSettings) (clamor.DeduperSettings, error)
	RankingSettings(ctx context.Context) (clamor.SettingsVersion, error)
	FindRankingSettings(ctx context.Context, version int64) (clamor.SettingsVersion, error)
	// RankingSettingsVersions lists the newest first.
	RankingSettingsVersions(ctx context.Context, limit int) ([]clamor.SettingsVersion, error)

	// FrozenQuarters lists the quarters that are frozen, newest first.
	FrozenQuarters(ctx context.Context) ([]string, error)
	// Revisions lists what is frozen of a quarter, "" being all, newest first.
	Revisions(ctx context.Context, quarter string) ([]clamor.Revision, error)
	// Publications lists where the lists of a quarter, "" being all, went out: the latest first.
	Publications(ctx context.Context, quarter string) ([]clamor.Publication, error)
	FindPublication(ctx context.Context, target, quarter string) (clamor.Publication, error)
	PutPublication(ctx context.Context, p clamor.Publication, by string) error

	// TrackerLinks are the links of many features to issues of trackers; Tracked is all that trackers know of one feature.
	TrackerLinks(ctx context.Context, features []clamor.FeatureID) (map[clamor.FeatureID][]clamor.TrackerLink, error)
	Tracked(ctx context.Context, feature clamor.FeatureID) (clamor.Tracked, error)
	AddTrackerLink(ctx context.Context, l clamor.TrackerLink) error
	DropTrackerLink(ctx context.Context, feature clamor.FeatureID, url, by string) error
	// Proposals of trackers' news wait for a person, who settles each once; Conflict if it does not wait any more.
	Proposals(ctx context.Context, limit int) ([]clamor.TrackerEvent, error)
	SettleProposal(ctx context.Context, id string, accept bool, reason, by string) (clamor.TrackerEvent, error)
	// TrackerTargets are to be polled, each from where the last poll of it ended; PutIssues moves that place.
	TrackerTargets(ctx context.Context) ([]string, error)
	PolledUntil(ctx context.Context, topic string) (string, error)
	PutIssues(ctx context.Context, topic, place string, news []clamor.IssueNews) (int, error)
	Stats(ctx context.Context) (clamor.Stats, error)
	Ping(ctx context.Context) error

	// A token and a sign-in link are known by the SHA-256 of their text, in hex; one that does not hold is Unauthenticated.
	UserByToken(ctx context.Context, hash string) (clamor.Access, error)
	SignInOf(ctx context.Context, hash string, now time.Time) (clamor.Access, error)
	TakeSignIn(ctx context.Context, hash string, now time.Time) (clamor.Access, error)
	// UserByID is Unauthenticated for whoever was removed. Saw notes when somebody, or a token of theirs, was seen.
	UserByID(ctx context.Context, id clamor.UserID) (clamor.Access, error)
	Saw(ctx context.Context, a clamor.Access, at time.Time) error
	PeopleStore
	LogStore

	// Sessions, in the shape of scs.CtxStore; FindCtx reports false for what is not there or has expired.
	FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error

	// BeginReply takes an idempotency key before the deed; where it was taken it gives the answer kept, of status 0 while none is, and
	// false. DropReply gives it back. Reply gives the answer kept, NotFound if there is none; KeepReply keeps one for a day.
	BeginReply(ctx context.Context, user clamor.UserID, key, request string) (reply clamor.Reply, begun bool, err error)
	DropReply(ctx context.Context, user clamor.UserID, key string) error
	Reply(ctx context.Context, user clamor.UserID, key string) (clamor.Reply, error)
	KeepReply(ctx context.Context, user clamor.UserID, key string, reply clamor.Reply) error
}

// Lister makes ranked lists; rank.Service is one. Its methods may be called concurrently, and the lists it gives are shared:
// they must not be changed.
type Lister interface {
	List(ctx context.Context, q rank.Query) (clamor.List, error)
	// Ready has fn called with lists before anybody is given them; it is called once, before anything else.
	Ready(fn func(clamor.List))
	// Lag tells since when the list of a query lacks changes, and how many; 0 where it lacks none.
	Lag(ctx context.Context, q rank.Query) (rank.Lag, error)
	// Diff tells the lists of two queries apart, with what caused each change of score.
	Diff(ctx context.Context, before, after rank.Query) ([]rank.Change, error)
	// Freeze keeps the quarter's list as it is now, for good; Conflict if that was done already.
	Freeze(ctx context.Context, quarter clamor.Quarter, scenario, by string) (clamor.List, error)
	// Revise freezes a frozen quarter again for a reason; NotFound if it is not frozen. Verify proves a revision, the newest for 0.
	Revise(ctx context.Context, quarter clamor.Quarter, c rank.Correction, by string) (clamor.List, error)
	Verify(ctx context.Context, quarter clamor.Quarter, revision int) (clamor.List, error)
	// Settings are those that live lists are computed with; they name the scenarios. Decode reads those of one version.
	Settings(ctx context.Context) (rank.Settings, error)
	Decode(v clamor.SettingsVersion) (rank.Settings, error)
	// SettingsOf are those that the list of a query is computed with, and whether they are a frozen quarter's.
	SettingsOf(ctx context.Context, q rank.Query) (settings rank.Settings, frozen bool, err error)
	// PutSettings stores a draft as the next version; Stale unless it was made from the newest. Preview only tells what it would do.
	PutSettings(ctx context.Context, d rank.Draft, by string) (clamor.SettingsVersion, error)
	Preview(ctx context.Context, q rank.Query, d rank.Draft, limit int) (rank.Preview, error)
	// PreviewMerge tells what the list would be if one account counted as another.
	PreviewMerge(ctx context.Context, q rank.Query, from, into clamor.Account, limit int) (rank.Preview, error)
}

// Deduper knows what is alike; dedupe.Service is one. Its methods may be called concurrently and do not wait for the database.
type Deduper interface {
	Similar(feature clamor.FeatureID, limit int) []dedupe.Suggestion
	Suggest(text string, limit int) []dedupe.Suggestion
	Search(text string, limit int) []clamor.FeatureID
	// Lab tries settings of the deduper's caution on the latest asks, with examples of what another one would change. Reword tries other
	// synonyms. Both change nothing.
	Lab(ctx context.Context, cautions []float64, other float64, asks, limit int) (dedupe.Experiment, error)
	Reword(ctx context.Context, synonyms string, asks, limit int) (dedupe.Rewording, error)
	// Doubts decides once more on the latest asks and changes nothing.
	Doubts(ctx context.Context, asks, limit int) ([]dedupe.Doubt, error)
}

// Samples loads a sample company into an empty workspace, and takes it out again wholly. Load and Remove are a Conflict where that is not
// possible; Load returns at once, and State tells how far it is.
type Samples interface {
	State(ctx context.Context) (clamor.Sample, error)
	Load(ctx context.Context, by string) error
	Remove(ctx context.Context, by string) error
}

// Options are what a Server is built from.
type Options struct {
	Store     Store
	Samples   Samples // nil: there is no sample data
	Uploads   Uploads // nil: files are not imported by pages
	Rank      Lister
	Dedupe    Deduper
	PublicURL string           // what outsiders call us; https makes cookies secure
	Now       func() time.Time // the clock; nil means time.Now
	Logger    *slog.Logger     // nil means slog.Default
	MaxBody   int64            // bytes of one request body; 0 means 10 MB
	HookRate  int              // deliveries a second that one source may send; 0 means 20,000
	Currency  string           // of amounts that name none, "" means USD
	Wake      func()           // tells the workers that there is work; may be nil
	Alive     func() error     // nil while the workers run, else why not; may be nil

	// Pull has a source's API read now, beside everything else; nil where nothing is pulled by this process.
	Pull func(ctx context.Context, source string) error

	GitHub     *export.GitHub // where lists go out; nil: not connected
	GitHubRepo string         // the repository that the page offers
}

// Server answers HTTP requests. It is made by New and safe for concurrent use.
type Server struct {
	Options
	sessions *scs.SessionManager
	origins  *http.CrossOriginProtection
	metrics  *metrics
	replies  *inFlight
	inlets   *inlets
	refused  *refusedOnes
	lens     lens
	done     *deeds
	unzip    sync.Pool // of *gzip.Reader, each of which is 40 kB
	site     *web.Site
	handler  http.Handler
}

// New checks the options and builds the routes.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Rank == nil || o.Dedupe == nil {
		return nil, errors.New("the server needs a store, a ranker and a deduper")
	}
	s := &Server{Options: withDefaults(o), origins: http.NewCrossOriginProtection(), replies: newInFlight()}
	s.done = &deeds{of: map[clamor.UserID]int64{}}
	s.Rank = own{s.Rank, s.done}
	s.sessions = newSessions(o.Store, s.PublicURL)
	s.metrics = newMetrics(s.Store, s.Logger)
	s.inlets, s.refused = &inlets{by: map[string]*inlet{}}, &refusedOnes{by: map[string]refusedOne{}}
	var err error
	if s.site, err = web.New(); err != nil {
		return nil, err
	}
	s.Rank.Ready(s.lens.ready)
	s.handler = s.build()
	return s, nil
}

func withDefaults(o Options) Options {
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 10 << 20
	}
	if o.HookRate <= 0 {
		o.HookRate = 20_000
	}
	if o.Currency == "" {
		o.Currency = "USD"
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Alive == nil {
		o.Alive = func() error { return nil }
	}
	return o
}

// Handler is the whole of the HTTP side.
func (s *Server) Handler() http.Handler { return s.handler }
