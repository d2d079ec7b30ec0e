package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/events"
	"aisle/telemetry"
)

// Kept is how a server knows that what it answered before is still so. Answers to GET are kept in memory, each for one viewer,
// and for as long as nothing changes in the modules that it was read from, as far as the viewer sees them. What they show of the
// viewer's store is kept once for all who see the same, unless it was read by who asks.
type Kept struct {
	// Scope is what an employee sees.
	Scope func(ctx context.Context, v auth.Viewer) (auth.Scope, error)
	// End is the place in the log of events up to which this node has read it: what is read from now on shows all up to there.
	End func() store.Position
	// Current is when the log was read up to its end last.
	Current func() time.Time
	// Revision is the place of the newest event that this node has read of the modules' rows, of the chain's and of the stores';
	// nil stands for all stores.
	Revision func(modules []string, stores []uuid.UUID) store.Position
	// Unseen reports whether the viewer has changed something, on any node, that this one has not read in the log yet.
	Unseen func(ctx context.Context, viewer uuid.UUID) bool
	// Impersonal makes loaders anew for a part of an operation, and notes whether anybody there looks at who asks; nil where parts
	// are not shared.
	Impersonal func(ctx context.Context) (context.Context, *auth.IdentityAccessRecorder)
	// Together says which tasks are going to be read, where others are as they were.
	Together graph.Together

	// Name is that of the data and of what makes answers of it: another database, or another build, has another one, and so has
	// the same database when its log of events became another one.
	Name  func() string
	Bytes uint64 // of memory that answers may take
}

const (
	keptFor     = 5 * time.Minute // at most, whatever changes without an event
	keptAtLeast = time.Second     // what changes sooner by itself is not worth keeping
)

// keptAnswer is one that stands.
type keptAnswer struct {
	tag  tag
	body [][]byte // one after the other
}

// keptPart is what memory has: an answer, or what answers to many have in common.
type keptPart struct {
	basis

	body []byte
	hole *hole // in the body, for what others have, too; nil for none

	rows    map[graph.Row]graph.Span // in the body of what others have, too
	besides store.Position           // the revision of what the rows show besides themselves
}

// basis is what a part was read from: it stands until its time is over, or until one of the modules has another revision.
type basis struct {
	modules  []string
	bits     uint8 // the modules again
	until    int64 // milliseconds since 1970
	revision store.Position
}

// noteIn notes what it was read from.
func (b basis) noteIn(reads *store.DependencyRecorder) {
	for _, module := range b.modules {
		reads.AddModule(module)
	}
	reads.AddExpiry(time.UnixMilli(b.until))
}

// with is the basis of two parts together.
func (b basis) with(o basis) basis {
	newest := b.revision
	if newest.Before(o.revision) {
		newest = o.revision
	}
	bits := b.bits | o.bits
	return basis{modulesIn(bits), bits, min(b.until, o.until), newest}
}

// newAnswers is the memory for answers; nil for none.
func newAnswers(kept *Kept) *otter.Cache[answerKey, *keptPart] {
	if kept == nil || kept.Bytes == 0 {
		return nil
	}
	const overhead, ofRow = 500, 150
	return otter.Must(&otter.Options[answerKey, *keptPart]{
		MaximumWeight: kept.Bytes, // what is over by its tag stays until the room is needed: nobody has to look for it
		Weigher: func(_ answerKey, a *keptPart) uint32 {
			return uint32(len(a.body) + len(a.rows)*ofRow + overhead) //nolint:gosec // an answer is smaller
		},
	})
}

// answerKey stands for a document, its variables, and who asks with which scope.
type answerKey [sha256.Size]byte

// wanted is an answer that may be kept.
type wanted struct {
	*asked

	operation string // its name in the document
	data      string // Kept.Name
	viewer    auth.Viewer
	scope     auth.Scope
	stores    []uuid.UUID // that the viewer sees; nil for all
	key       answerKey   // of the answer to the viewer
	begun     store.Position
	reads     *store.DependencyRecorder
	shared    *sharing // nil where nothing is
}

// keyOf is a key of the operation for all who see the same stores, and of what tells these apart.
func (w *wanted) keyOf(apart ...[]byte) answerKey {
	text := make([]byte, 0, 512)
	field := func(b []byte) {
		text = append(binary.AppendUvarint(text, uint64(len(b))), b...)
	}
	field([]byte(w.data))
	field(w.hash[:])
	field([]byte(w.name))
	field(w.variables)
	region := w.scope.RegionID()
	field(region.UUID[:])
	text = strconv.AppendBool(strconv.AppendBool(text, w.scope.All()), w.scope.WholeRegion())
	text = binary.AppendUvarint(text, uint64(len(w.stores)))
	for i := range w.stores {
		text = append(text, w.stores[i][:]...)
	}
	for _, b := range apart {
		field(b)
	}
	return sha256.Sum256(text)
}

// asked is what a GET's address asks for, as far as recalling the answer needs it: reading the address takes longer than that.
type asked struct {
	hash      hash
	name      string // of the operation, where the client gave one
	variables []byte // JSON, sorted
}

const (
	mostAsked    = 10_000
	longestAsked = 2 << 10 // bytes of an address
)

func newAsked() *otter.Cache[string, *asked] {
	return otter.Must(&otter.Options[string, *asked]{MaximumSize: mostAsked})
}

// recallKnown answers a GET from memory whose address was read before, of a registered operation.
func (s *Server) recallKnown(ctx context.Context, r *http.Request, x *exchange) (done bool, err error) {
	if s.answers == nil {
		return false, nil
	}
	known, ok := s.asked.GetIfPresent(r.URL.RawQuery)
	if !ok {
		return false, nil
	}
	if x.document = s.registry.Load().documents[known.hash]; x.document == nil {
		return false, nil
	}
	if x.wanted, err = s.wants(ctx, known, x); x.wanted == nil || err != nil {
		return false, err
	}
	return s.recall(r, x), nil
}

// recallNew answers a GET from memory whose address was read just now.
func (s *Server) recallNew(ctx context.Context, r *http.Request, params *graphql.RawParams, x *exchange) (done bool, err error) {
	a, err := s.understood(r.URL.RawQuery, params, x.document)
	if err != nil {
		return false, err
	}
	if x.wanted, err = s.wants(ctx, a, x); x.wanted == nil || err != nil {
		return false, err
	}
	if !x.document.registered { // as anything that is not: one that runs pays more
		if err := s.spend(ctx, x, 1); err != nil {
			return false, err
		}
	}
	return s.recall(r, x), nil
}

// understood is what was read from an address, and remembers it.
func (s *Server) understood(address string, params *graphql.RawParams, d *document) (*asked, error) {
	variables, err := json.Marshal(params.Variables) // sorted
	if err != nil {
		return nil, err //nolint:wrapcheck // they came as JSON
	}
	a := &asked{d.hash, params.OperationName, variables}
	if d.registered && len(address) <= longestAsked {
		s.asked.Set(address, a)
	}
	return a, nil
}

// wants is what a GET asks for; nil where no answer may be kept: of partners, whose scope costs a statement, of who has just
// changed something, and while the log of events is not current.
func (s *Server) wants(ctx context.Context, a *asked, x *exchange) (*wanted, error) {
	kept, operation := s.config.Kept, x.document.Operations.ForName(a.name)
	if s.answers == nil || operation == nil || operation.Operation != ast.Query ||
		x.viewer.EmployeeID == uuid.Nil || s.config.Now().Sub(kept.Current()) > events.MaxStaleness {
		return nil, nil //nolint:nilnil // nothing to keep is no error
	}
	if x.viewer.Role == auth.RoleRegionManager { // whose stores may have to be read
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.config.Limits.Request)
		defer cancel()
	}
	scope, err := kept.Scope(ctx, x.viewer)
	if err != nil || kept.Unseen(ctx, x.viewer.EmployeeID) {
		return nil, err
	}
	w := &wanted{asked: a, operation: operation.Name, data: kept.Name(), viewer: x.viewer, scope: scope, begun: kept.End()}
	if !scope.All() {
		w.stores = scope.StoreIDs()
	}
	w.key = w.keyOf([]byte("viewer"), x.viewer.EmployeeID[:], x.viewer.SessionID[:], []byte(x.viewer.Role), x.viewer.RegionID.UUID[:])
	return w, nil
}

// recall answers from memory, if it can: that the client's own copy is still right, or with the kept one.
func (s *Server) recall(r *http.Request, x *exchange) bool {
	w := x.wanted
	now := s.config.Now()
	for text := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		t, ok := parseTag(text)
		if !ok || !t.holds(now) {
			continue
		}
		modules := modulesIn(t.modules)
		if t == w.tag(basis{modules, t.modules, t.until, s.config.Kept.Revision(modules, w.stores)}) {
			x.kept, x.status = &keptAnswer{tag: t}, http.StatusNotModified
			s.recordCacheResult(x, telemetry.CacheNotModified)
			return true
		}
	}
	known, ok := s.recallPart(w, w.key)
	if !ok {
		return false
	}
	whole, body := known.basis, [][]byte{known.body}
	if h := known.hole; h != nil {
		others, ok := s.recallPart(w, h.key)
		if !ok {
			others, ok = s.awaitPart(r.Context(), w, h.key)
		}
		if !ok {
			return false
		}
		whole, body = whole.with(others.basis), [][]byte{known.body[:h.at], others.body, known.body[h.at:]}
	}
	x.kept, x.status = &keptAnswer{w.tag(whole), body}, http.StatusOK
	s.recordCacheResult(x, telemetry.CacheHit)
	return true
}

// recallPart is a part that is in memory, and stands.
func (s *Server) recallPart(w *wanted, key answerKey) (*keptPart, bool) {
	known, ok := s.answers.GetIfPresent(key)
	if !ok || !s.stands(w, known) {
		return nil, false
	}
	return known, true
}

// stands says whether nothing of what a part was read from has changed.
func (s *Server) stands(w *wanted, p *keptPart) bool {
	return p.until > s.config.Now().UnixMilli() && p.revision == s.config.Kept.Revision(p.modules, w.stores)
}

// recordCacheResult records how the response cache answered.
func (s *Server) recordCacheResult(x *exchange, result telemetry.CacheResult) {
	x.cacheResult = result
	s.config.Metrics.RecordCacheResult(result)
}

// keep keeps an answer that was just made, if it is whole, and if all that it was read from tells when it changes.
func (s *Server) keep(ctx context.Context, x *exchange) {
	w := x.wanted
	s.recordCacheResult(x, w.shared.origin())
	if x.status != http.StatusOK || x.answer.Data == nil || len(x.answer.Errors) > 0 {
		return
	}
	others, ok := s.sharedPart(w)
	if !ok {
		return
	}
	if others != nil && w.shared.known == nil {
		w.shared.share(others)
	}
	own, ok := s.basisOf(w, w.reads)
	if !ok {
		return
	}
	body := s.encode(ctx, x)
	if x.status != http.StatusOK { // it cannot be written
		return
	}
	whole := own
	if others != nil {
		whole = own.with(others.basis)
	}
	x.kept = &keptAnswer{w.tag(whole), [][]byte{body}}
	mine := &keptPart{basis: whole, body: body}
	if others != nil {
		before, after, found := bytes.Cut(body, others.body)
		if found && !bytes.Contains(after, others.body) { // where it stands twice, one cannot be told from the other
			mine = &keptPart{basis: own, body: slices.Concat(before, after), hole: &hole{len(before), w.shared.key}}
		}
	}
	s.answers.Set(w.key, mine)
}

// basisOf is what was noted of a part that has just been made; ok is false for what cannot be kept: it says not all of its changes,
// becomes another soon, or changed while it was read.
func (s *Server) basisOf(w *wanted, reads *store.DependencyRecorder) (b basis, ok bool) {
	now := s.config.Now()
	modules, until := reads.Snapshot()
	bits, told := bitsOf(modules)
	if latest := now.Add(keptFor); until.IsZero() || until.After(latest) {
		until = latest
	}
	revision := s.config.Kept.Revision(modules, w.stores)
	return basis{modules, bits, until.UnixMilli(), revision}, told && until.Sub(now) >= keptAtLeast && !w.begun.Before(revision)
}
