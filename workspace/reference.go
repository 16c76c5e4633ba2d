package workspace

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// pinsReference is how a flake refers to pins, by the names that the settings give.
func (s *Snapshot) pinsReference(summary *Summary) (r pinsReference, ok bool) {
	c := s.configIn(summary.Dir)
	for _, name := range c.Pins.Inputs {
		if in, ok := summary.Input(name); ok {
			dir, _ := s.localDir(in.Reference, summary.Dir)
			return pinsReference{in.Reference, dir}, in.HasReference && !in.Indirect && !in.IsFollow && in.IsFlake
		}
	}
	return pinsReference{}, false
}

// referenceFor is the URL that a flake should write for its pins input: the setting's, else the one that most flakes of the
// workspace write for the same pins, else its own, else the first that the checkout is known by. "" where there is none.
func (s *Snapshot) referenceFor(f *Flake, p *Pins) string {
	if set := s.Config(f.File.Path).Pins.Reference; set != "" {
		return set
	}
	var own ref.Ref
	if p.Declared != nil && p.Declared.HasReference && !p.Declared.Indirect { // a name alone is nothing that anybody writes
		own = p.Declared.Reference
	}
	var remotes []ref.Ref
	if p.flake != nil {
		remotes = s.remotes(p.Dir)
	}
	same := func(a, b ref.Ref) bool { return s.Source(a) == s.Source(b) && a.Dir() == b.Dir() }
	r := s.mostUsed(f, func(used pinsReference) bool {
		switch {
		case used.reference == own:
			return true
		case p.flake != nil && used.dir != "":
			return used.dir == p.Dir
		case p.flake != nil && len(remotes) > 0:
			return slices.ContainsFunc(remotes, func(remote ref.Ref) bool { return same(remote, used.reference) })
		case p.flake != nil && own.IsZero():
			// Nothing tells which pins is meant, unless there is only one, or the names do.
			return path.Base(string(used.reference.Source())) == filepath.Base(p.Dir) || len(s.pinsFlakes()) == 1
		case own.IsZero():
			return false
		}
		return same(own, used.reference)
	})
	if r.IsZero() {
		r = own
	}
	if r.IsZero() && len(remotes) > 0 {
		r = remotes[0]
	}
	return urlOf(r)
}

// urlOf is the url to write for a reference; "" where there is none.
func urlOf(r ref.Ref) string {
	if r.IsZero() {
		return ""
	}
	url, _ := r.URL(true)
	return url
}

// PinsReference is the URL by which most flakes of the workspace refer to pins, where the setting pins.reference does not name
// one: for a flake of which Pins knows nothing, because no pins flake is here. "" where there is none.
func (s *Snapshot) PinsReference(f *Flake) string {
	if set := s.Config(f.File.Path).Pins.Reference; set != "" {
		return set
	}
	return urlOf(s.mostUsed(f, func(pinsReference) bool { return true }))
}

// mostUsed is the reference that most flakes use for pins, of those that suit; a relative one only where it means the same for
// this flake. Of equals it is the first in the order of their URLs.
func (s *Snapshot) mostUsed(f *Flake, suits func(pinsReference) bool) ref.Ref {
	counts := s.pinsReferenceCounts()
	var best pinsReference
	for r, n := range counts {
		if n == 0 || !suits(r) {
			continue
		}
		if here, _ := s.localDir(r.reference, f.Dir); r.reference.Relative() && here != r.dir {
			continue
		}
		if m := counts[best]; n > m || n == m && urlOf(r.reference) < urlOf(best.reference) {
			best = r
		}
	}
	return best.reference
}

// pinsReferenceCounts says how many flakes of the workspace refer to pins in each way. The map is not the caller's own.
func (s *Snapshot) pinsReferenceCounts() map[pinsReference]int {
	s = s.asks(question{about: pinsReferences})
	s.caches.countsOnce.Do(func() { s.caches.counts = s.countPinsReferences() })
	return s.caches.counts
}

func (s *Snapshot) countPinsReferences() map[pinsReference]int {
	known := s.flakeFacts()
	counts := map[pinsReference]int{}
	for r, n := range known.counts {
		counts[r] = n
	}
	for dir, summary := range s.counted() {
		if r, ok := known.pinsReferences[dir]; ok {
			counts[r]--
		}
		if summary == nil {
			continue
		}
		if r, ok := s.pinsReference(summary); ok {
			counts[r]++
		}
	}
	return counts
}
