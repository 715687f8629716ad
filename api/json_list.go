package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"clamor"
	"clamor/rank"
)

// jsonRoutes is the JSON API; openapi.yaml describes each line of it.
func (s *Server) jsonRoutes() []route {
	const v1 = "/api/v1"
	return slices.Concat(s.sourceRoutes(), s.settingsRoutes(), s.deduperRoutes(), s.exportRoutes(), s.promiseRoutes(), s.quarterRoutes(), s.importRoutes(), s.peopleRoutes(),
		s.viewRoutes(), []route{
			{http.MethodGet, "/api/openapi.yaml", openFace, "", serveDescription},
			{http.MethodGet, v1 + "/me", jsonFace, clamor.Viewer, s.me},
			{http.MethodGet, v1 + "/list", jsonFace, clamor.Viewer, s.list},
			{http.MethodGet, v1 + "/features/:id", jsonFace, clamor.Viewer, s.feature},
			{http.MethodPatch, v1 + "/features/:id", jsonFace, clamor.PM, s.editFeature},
			{http.MethodGet, v1 + "/notes/:id", jsonFace, clamor.Viewer, s.note},
			{http.MethodPost, notesPath, jsonFace, clamor.Reporter, s.addNotes},
			{http.MethodPost, v1 + "/notes/:id/asks", jsonFace, clamor.PM, s.addAsk},
			{http.MethodGet, v1 + "/triage", jsonFace, clamor.PM, s.waiting},
			{http.MethodPost, v1 + "/rulings", jsonFace, clamor.PM, s.addRuling},
			{http.MethodDelete, v1 + "/rulings/:id", jsonFace, clamor.PM, s.undoRuling},
			{http.MethodGet, v1 + "/accounts/:id", jsonFace, clamor.Viewer, s.account},
			{http.MethodPut, v1 + "/accounts/:id", jsonFace, clamor.PM, s.putAccount},
			{http.MethodGet, v1 + "/accounts/ambiguous", jsonFace, clamor.PM, s.ambiguities},
			{http.MethodPost, v1 + "/accounts/ambiguous/:id", jsonFace, clamor.PM, s.chooseAccount},
			{http.MethodPost, v1 + "/accounts/:id/merge", jsonFace, clamor.PM, s.mergeAccount},
			{http.MethodDelete, v1 + "/accounts/:id/merge", jsonFace, clamor.PM, s.unmergeAccount},
			{http.MethodGet, v1 + "/lab", jsonFace, clamor.PM, s.lab},
			{http.MethodGet, v1 + "/doubts", jsonFace, clamor.PM, s.doubts},
			{http.MethodGet, v1 + "/deliveries", jsonFace, clamor.Admin, s.deliveries},
			{http.MethodGet, v1 + "/deliveries/:id", jsonFace, clamor.Reporter, s.delivery},
		})
}

// entryAnswer is an entry without its parts, which stand at the feature.
type entryAnswer struct {
	clamor.Entry
	Parts []clamor.Part `json:"parts,omitempty"`
}

// listAnswer is a page of a list.
type listAnswer struct {
	Quarter  string          `json:"quarter"`
	AsOf     clamor.Date     `json:"as_of"`
	Scenario string          `json:"scenario"`
	Currency string          `json:"currency"`
	Formula  string          `json:"formula"`
	Settings int64           `json:"settings_version"`
	Frozen   bool            `json:"frozen"`
	Revision int             `json:"revision,omitempty"`
	Reason   string          `json:"revision_reason,omitempty"`
	FrozenAt time.Time       `json:"frozen_at,omitzero"`
	FrozenBy string          `json:"frozen_by,omitempty"`
	Hash     string          `json:"hash,omitempty"`
	Notices  []clamor.Notice `json:"notices"`
	Total    int             `json:"total"`    // entries of the list
	Matching int             `json:"matching"` // of those, what the filters let through
	Entries  []entryAnswer   `json:"entries"`
	Next     *string         `json:"next"`
}

func (s *Server) list(c *gin.Context) error {
	q, err := s.readListQuery(c.Request.Context(), c.Request.URL.Query())
	if err != nil {
		return err
	}
	list, err := s.Rank.List(c.Request.Context(), q.which)
	if err != nil {
		return err
	}
	f, err := s.sift(c.Request.Context(), q, list, false)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, q.page(list, f))
}

func newListAnswer(list clamor.List) listAnswer {
	return listAnswer{Quarter: list.Quarter, AsOf: list.AsOf, Scenario: list.Scenario, Currency: list.Currency, Formula: list.Formula, Settings: list.Settings,
		Frozen: list.Frozen, Revision: list.Revision, Reason: list.Reason, FrozenAt: list.FrozenAt, FrozenBy: list.FrozenBy, Hash: list.Hash, Notices: orEmpty(list.Notices),
		Total: len(list.Entries), Matching: len(list.Entries), Entries: []entryAnswer{}}
}

// orEmpty lets an empty list be [] in JSON and not null.
func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

func (s *Server) freeze(c *gin.Context) error {
	quarter, err := s.quarter(c.Request.Context(), c.Param("quarter"))
	if err != nil {
		return err
	}
	list, err := s.Rank.Freeze(c.Request.Context(), quarter, c.Query("scenario"), userOf(c).Name)
	if err != nil {
		return err
	}
	return writeFrozen(c, list)
}

// listQuery is what a reader wants to see of a list.
type listQuery struct {
	which                rank.Query
	status, areas, teams []string
	segments, owners     []string // of the accounts behind a feature, any of which is enough
	sources              []string
	order                order
	text                 string
	limit                int
	after                int    // rank behind which the page begins
	mark                 string // of the query, for cursors
}

const (
	usualLimit = 100
	mostLimit  = 1000
	mostFound  = 100_000
)

// faults collects what is wrong with the parts of one input.
type faults []clamor.Fault

func (f *faults) add(path string, err error) {
	if err != nil {
		*f = append(*f, clamor.Fault{Path: path, Message: err.Error()})
	}
}

// parameters refuses those that are not known: a misspelt filter must not look like one that lets everything through.
func (f *faults) parameters(v url.Values, known ...string) {
	for name := range v {
		if !slices.Contains(known, name) {
			f.add(clip(name), clamor.Errorf(clamor.Invalid, "is unknown: the parameters are %s", strings.Join(known, ", ")))
		}
	}
}

// readListQuery reads the parameters, and tells every fault of them at once.
func (s *Server) readListQuery(ctx context.Context, v url.Values) (listQuery, error) {
	q := listQuery{limit: usualLimit, status: words(v["status"]), areas: words(v["area"]), teams: words(v["team"]),
		text: strings.TrimSpace(v.Get("q")), mark: queryMark(v)}
	var wrong faults
	wrong.parameters(v, "quarter", "scenario", "as_of", "live", "revision", "status", "area", "team", "segment", "owner", "source", "sort", "q", "limit", "cursor")
	var err error
	if q.which, err = s.readWhich(ctx, v, &wrong); err != nil {
		return q, err
	}
	q.segments, q.owners, q.sources = words(v["segment"]), words(v["owner"]), words(v["source"])
	q.order, err = readOrder(v.Get("sort"))
	wrong.add("sort", err)
	if text := v.Get("limit"); text != "" {
		q.limit, err = readLimit(text)
		wrong.add("limit", err)
	}
	for _, status := range q.status {
		wrong.add("status", oneOf(clamor.Status(status), clamor.Statuses()...))
	}
	if text := v.Get("cursor"); text != "" {
		q.after, err = readCursor(text, q.mark)
		wrong.add("cursor", err)
	}
	return q, clamor.Refuse("the list cannot be shown so", sorted(wrong))
}

// readWhich reads which list is meant: without parameters that of the running quarter.
func (s *Server) readWhich(ctx context.Context, v url.Values, wrong *faults) (rank.Query, error) {
	q := rank.Query{Scenario: v.Get("scenario")}
	settings, err := s.Rank.Settings(ctx)
	if err != nil {
		return q, err
	}
	q.Quarter, err = s.quarterIn(settings, v.Get("quarter"))
	wrong.add("quarter", err)
	if text := v.Get("as_of"); text != "" {
		q.AsOf, err = clamor.ParseDate(text)
		wrong.add("as_of", err)
	}
	q.Revision, err = readRevision(v.Get("revision"))
	wrong.add("revision", err)
	if text := v.Get("live"); text != "" {
		q.Live, err = strconv.ParseBool(text)
		if err != nil {
			wrong.add("live", clamor.Errorf(clamor.Invalid, "%q is neither true nor false", clip(text)))
		}
	}
	return q, nil
}

// quarter reads a quarter's name by the fiscal year of the settings; "" is the running one.
func (s *Server) quarter(ctx context.Context, name string) (clamor.Quarter, error) {
	settings, err := s.Rank.Settings(ctx)
	if err != nil {
		return clamor.Quarter{}, err
	}
	return s.quarterIn(settings, name)
}

func (s *Server) quarterIn(settings rank.Settings, name string) (clamor.Quarter, error) {
	if name == "" {
		return clamor.QuarterOf(clamor.DateOf(s.Now()), settings.FiscalStart), nil
	}
	return clamor.ParseQuarter(name, settings.FiscalStart)
}

func readLimit(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > mostLimit {
		return 0, clamor.Errorf(clamor.Invalid, "%q is no limit: write 1 to %d", clip(text), mostLimit)
	}
	return n, nil
}

// words reads a filter that may be given several times, or once with commas.
func words(given []string) []string {
	var all []string
	for _, text := range given {
		for word := range strings.SplitSeq(text, ",") {
			if word = strings.TrimSpace(word); word != "" {
				all = append(all, word)
			}
		}
	}
	return all
}

// narrow reports whether the query lets through less than the whole list.
func (q listQuery) narrow() bool {
	return len(q.status)+len(q.areas)+len(q.teams)+len(q.segments)+len(q.owners)+len(q.sources) > 0
}

// page cuts a page out of the matching entries.
func (q listQuery) page(list clamor.List, f sieve) listAnswer {
	answer, matching := newListAnswer(list), f.matching
	answer.Matching = len(matching)
	begin := q.begin(matching)
	end := min(begin+q.limit, len(matching))
	for _, e := range f.entries(matching[begin:end]) {
		answer.Entries = append(answer.Entries, entryAnswer{Entry: e})
	}
	if end < len(matching) {
		next := q.cursor(matching, end)
		answer.Next = &next
	}
	return answer
}

// begin is the index at which the page begins: behind a rank, where that is the order, so that a page stays itself while others move.
func (q listQuery) begin(matching []int32) int {
	if q.order.column != "" {
		return min(q.after, len(matching))
	}
	at, _ := slices.BinarySearch(matching, int32(q.after)) // the row of the next rank
	return at
}

// cursor leads to the page that begins at an index above 0.
func (q listQuery) cursor(matching []int32, at int) string {
	if q.order.column != "" {
		return newCursor(at, q.mark)
	}
	return newCursor(int(matching[at-1])+1, q.mark)
}

// queryMark is the same for two queries that ask for the same list: a cursor of one is none of another.
func queryMark(v url.Values) string {
	same := url.Values{}
	for name, values := range v {
		if name != "cursor" && name != "limit" {
			same[name] = values
		}
	}
	sum := sha256.Sum256([]byte(same.Encode()))
	return hex.EncodeToString(sum[:6])
}

func newCursor(after int, mark string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(after) + "." + mark))
}

func readCursor(text, mark string) (int, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	after, given, _ := strings.Cut(string(raw), ".")
	n, number := strconv.Atoi(after)
	if err != nil || number != nil || n < 1 || newCursor(n, given) != text {
		return 0, clamor.Errorf(clamor.Invalid, "is no cursor: send what stood in \"next\", or leave it out to begin")
	}
	if given != mark {
		return 0, clamor.Errorf(clamor.Invalid, "belongs to other filters: keep the filters from page to page, or leave it out to begin")
	}
	return n, nil
}
