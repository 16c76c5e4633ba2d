package workspace

import (
	"slices"
	"time"
)

// Standing is where a leaf stands in the history of its pins.
type Standing struct {
	// Behind is how many distinct sets pins has had since: 0 for the newest.
	Behind int
	// At is when pins got the set, or where Own: the commit of pins that the leaf holds; zero where that is not known.
	At time.Time
	// Own says that pins never had this set: the leaf holds something else below pins than pins' own lock at that commit.
	Own bool
	// Unpushed is how many of these, the newest ones, an update of the leaf does not get yet, see History.Unpushed.
	Unpushed int
	// Placed says how sure Behind is: false where the commit of pins is not known here, and only its date tells.
	Placed bool
}

// Standing of a leaf; ok is false where it has no set, refers to another branch than that of which this is the history, or nothing is
// known of its pins.
func (h *History) Standing(l *Leaf) (at Standing, ok bool) {
	if l.Set == nil || h != nil && l.elsewhere(h.Branch) {
		return Standing{}, false
	}
	at, ok = h.placeOf(l.Set.ID)
	if !ok { // few leaves: their locks need to be looked into
		at, ok = h.StandingOf(l.Holds())
	}
	if ok && !l.Local {
		at.Unpushed = min(at.Behind, h.Unpushed)
	}
	return at, ok
}

// placeOf is where a set stands that pins has had.
func (h *History) placeOf(id string) (at Standing, known bool) {
	if h == nil {
		return Standing{}, false
	}
	i, known := h.places[id]
	if !known {
		return Standing{}, false
	}
	return Standing{Behind: i, At: h.Sets[i].At, Placed: true}, true
}

// Holds is the commit of pins that a leaf with a set holds, and its set.
func (l *Leaf) Holds() SetCommit {
	return SetCommit{l.Set.ID, l.Set.rev, l.Set.at}
}

// StandingOf is Standing of a leaf of which no more is known than what it holds.
func (h *History) StandingOf(held SetCommit) (at Standing, ok bool) {
	if h == nil || len(h.Sets) == 0 {
		return Standing{}, false
	}
	if at, known := h.placeOf(held.ID); known {
		return at, true
	}
	at.Own = true
	at.At = held.At
	if i, known := h.revs[held.Rev]; known && held.Rev != "" {
		at.Behind, at.Placed = i, true
		return at, true
	}
	for _, set := range h.Sets {
		if !at.At.IsZero() && set.At.After(at.At) {
			at.Behind++
		}
	}
	return at, true
}

// HasHeld says whether pins itself once had what a leaf's lock holds below it: then it is no older than that. What a leaf has locked of a folder
// of this disk was there.
func (h *History) HasHeld(l *Leaf) bool {
	if l == nil || l.Set == nil {
		return false
	}
	if l.Local {
		return true
	}
	return slices.ContainsFunc(h.Commits, func(c SetCommit) bool { return c.ID == l.Set.ID || c.Rev != "" && c.Rev == l.Holds().Rev })
}

// had says whether a commit of pins, or the lock beside it, had an input of a name.
func (h *History) had(name string) bool {
	h.namesOnce.Do(func() {
		h.names = map[string]bool{}
		for _, c := range h.Commits {
			for _, in := range h.Sets[h.places[c.ID]].Inputs() {
				h.names[in.Name] = true
			}
		}
	})
	return h.names[name]
}

// SetOf is the set that pins had at one of its commits; ok is false where that is not known.
func (h *History) SetOf(rev string) (set HistoricSet, ok bool) {
	if h == nil || rev == "" {
		return HistoricSet{}, false
	}
	i, ok := h.revs[rev]
	if !ok {
		return HistoricSet{}, false
	}
	return h.Sets[i], true
}
