package workspace

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// Role is what a flake is: what the setting `role` says, else pins where its folder or its repository is so called and it has
// no pins of its own, else a leaf where it has an input of such a name.
func (s *Snapshot) Role(f *Flake) Role {
	return s.role(f.Dir, func(name string) bool { return f.Input(name) != nil })
}

// RoleOf is Role of a flake of which only the summary is at hand.
func (s *Snapshot) RoleOf(summary *Summary) Role {
	return s.role(summary.Dir, summary.Has)
}

func (s *Snapshot) role(dir string, has func(input string) bool) Role {
	c := s.configIn(dir)
	if role, ok := explicitRole(c, dir); ok {
		return role
	}
	leaf := slices.ContainsFunc(c.Pins.Inputs, has)
	switch {
	case leaf:
		return RoleLeaf
	case s.calledPins(dir):
		return RolePins
	}
	return RoleUnknown
}

// explicitRole is the role that settings give to the flake of a folder. There is one pins: that role is not inherited.
func explicitRole(c *config.Config, dir string) (role Role, ok bool) {
	switch c.Role {
	case "pins":
		if origin := c.Origin("role"); filepath.Dir(origin.Path) == dir {
			return RolePins, true
		}
	case "leaf":
		return RoleLeaf, true
	case "standalone":
		return RoleStandalone, true
	}
	return RoleUnknown, false
}

// calledPins says whether a role, or the name of the folder or of the repository, calls a folder's flake pins. What the flake
// says does not matter.
func (s *Snapshot) calledPins(dir string) bool {
	file := filepath.Join(dir, flakeName)
	c := s.Config(file)
	if role, ok := explicitRole(c, dir); ok {
		return role == RolePins
	}
	if s.Exempt(file) {
		return false
	}
	if slices.Contains(c.Pins.Inputs, filepath.Base(dir)) {
		return true
	}
	return slices.ContainsFunc(s.remotes(dir), func(r ref.Ref) bool {
		return r.Dir() == "" && slices.Contains(c.Pins.Inputs, path.Base(string(r.Source())))
	})
}

// IsPins says whether a flake is the pins flake of others.
func (s *Snapshot) IsPins(f *Flake) bool { return f != nil && s.Role(f) == RolePins }

// pinsFlakes are the folders of the workspace's flakes that are called pins, sorted. The list is not the caller's own.
func (s *Snapshot) pinsFlakes() []string {
	s = s.asks(question{about: calledPins})
	s.caches.pinsOnce.Do(func() {
		open := slices.DeleteFunc(slices.Collect(maps.Keys(s.overlaid())), func(dir string) bool { return !s.calledPins(dir) })
		dirs := s.withOverlaid(s.flakeFacts().called, open)
		s.caches.pinsFlakes = slices.DeleteFunc(dirs, func(dir string) bool {
			return s.RoleOf(s.summary(filepath.Join(dir, flakeName))) != RolePins
		})
	})
	return s.caches.pinsFlakes
}

// withOverlaid adds to the folders of closed flakes those of overlaid ones that suit too, and leaves out those without a flake
// that can be read. The result is sorted and the caller's own.
func (s *Snapshot) withOverlaid(closed, open []string) []string {
	over := s.overlaid()
	dirs := slices.DeleteFunc(slices.Clone(closed), func(dir string) bool {
		_, replaced := over[dir]
		return replaced || s.summary(filepath.Join(dir, flakeName)) == nil
	})
	for _, dir := range open {
		if over[dir] != nil && s.RootOf(dir) != "" {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// Pins gives the pins flake as a flake sees it. It is nil for the pins flake itself, for a standalone flake, and where nothing
// looks like pins.
func (s *Snapshot) Pins(f *Flake) *Pins {
	if f == nil {
		return nil
	}
	if role := s.Role(f); role == RolePins || role == RoleStandalone {
		return nil
	}
	c := s.Config(f.File.Path)
	p := s.pinsByName(f, c)
	if p == nil {
		p = s.pinsByFlake(f)
	}
	if p == nil {
		p = s.pinsToAdd(f, c)
	}
	if p == nil {
		p = s.pinsByFollows(f)
	}
	if p == nil {
		return nil
	}
	p.leaf, p.snapshot = f, s
	return p
}

// pinsByName is the input whose name the settings call pins.
func (s *Snapshot) pinsByName(f *Flake, c *config.Config) *Pins {
	for _, name := range c.Pins.Inputs {
		if in := f.Input(name); in != nil {
			return newPins(name, in, true, s.readableFlake(s.folderMeant(f, in, c)))
		}
	}
	return nil
}

// folderMeant is the folder of the flake that an input so called means, "" where it is not at hand.
func (s *Snapshot) folderMeant(f *Flake, in *Input, c *config.Config) string {
	if dir := s.folderBehind(f, in); s.readableFlake(dir) != nil {
		return dir
	}
	return s.folderOfName(f, in, c)
}

func newPins(input string, declared *Input, called bool, flake *Flake) *Pins {
	p := &Pins{Input: input, Declared: declared, Called: called, flake: flake}
	if flake != nil {
		p.Dir = flake.Dir
	}
	return p
}

// readableFlake is settledAt where it is only noted whether there is such a flake, not what it says.
func (s *Snapshot) readableFlake(dir string) *Flake {
	if dir == "" {
		return nil
	}
	return s.asks(question{about: readableFlake, folder: dir}).sharedFlake(dir)
}

// sharedFlake is the settled flake of a folder, made once for all that ask for it: thousands of leaves ask for pins. Nothing is noted.
func (s *Snapshot) sharedFlake(dir string) *Flake {
	s = s.all()
	if known, ok := s.caches.flakes.Load(dir); ok {
		return known.(*Flake)
	}
	known, _ := s.caches.flakes.LoadOrStore(dir, s.settledFlake(dir))
	return known.(*Flake)
}

// settledAt is the settled flake of a folder; nil for "".
func (s *Snapshot) settledAt(dir string) *Flake {
	if dir == "" {
		return nil
	}
	return s.settledFlake(dir)
}

// folderOfName is the folder of the flake called pins that an input so called means although no remote says so: the one that the settings
// say leaves refer to so, else, of those without remotes, one whose folder has the repository's name or whose role is pins.
func (s *Snapshot) folderOfName(f *Flake, in *Input, c *config.Config) string {
	r, known := s.referenceOf(f, in)
	if !known || r.Type() == ref.Indirect {
		return s.pinsOf(f, func(string) bool { return true })
	}
	if _, local := s.localDir(r, f.Dir); local {
		return "" // it is known to be elsewhere
	}
	if c.Pins.Reference != "" {
		meant, err := ref.ParseInput(c.Pins.Reference)
		if err != nil || s.Source(meant) != s.Source(r) || meant.Dir() != r.Dir() {
			return ""
		}
		// The setting speaks of the pins that it holds for, too: one of a folder says nothing of a pins beside that.
		return s.pinsOf(f, func(dir string) bool {
			return s.configIn(dir).Pins.Reference == c.Pins.Reference
		})
	}
	unknown := func(dir string) bool { return len(s.remotes(dir)) == 0 && r.Dir() == "" }
	name := path.Base(string(r.Source()))
	if same := s.nearestPins(f, func(dir string) bool { return filepath.Base(dir) == name && unknown(dir) }); same != "" {
		return same
	}
	return s.nearestPins(f, func(dir string) bool { return s.explicitPins(dir) && unknown(dir) })
}

// explicitPins says whether a setting calls a folder's flake pins.
func (s *Snapshot) explicitPins(dir string) bool {
	role, ok := explicitRole(s.configIn(dir), dir)
	return ok && role == RolePins
}

// pinsOf is the folder of the nearest flake that a setting calls pins, else of the nearest that is called so by name, of those
// that suit; "" where there is none.
func (s *Snapshot) pinsOf(f *Flake, suits func(dir string) bool) string {
	explicit := s.nearestPins(f, func(dir string) bool { return s.explicitPins(dir) && suits(dir) })
	if explicit != "" {
		return explicit
	}
	return s.nearestPins(f, suits)
}

// pinsByFlake is the input, whatever its name, whose flake lies here and is called pins.
func (s *Snapshot) pinsByFlake(f *Flake) *Pins {
	for _, in := range f.Inputs {
		if flake := s.FlakeBehind(f, in); flake != nil && s.Role(flake) == RolePins {
			return newPins(in.Name, in, true, flake)
		}
	}
	return nil
}

// pinsToAdd is the workspace's pins flake for one that does not have it yet. A template has its own reasons not to.
func (s *Snapshot) pinsToAdd(f *Flake, c *config.Config) *Pins {
	if s.RootOf(f.Dir) == "" || s.Exempt(f.File.Path) {
		return nil
	}
	flake := s.readableFlake(s.pinsOf(f, func(string) bool { return true }))
	if flake == nil {
		return nil
	}
	name := filepath.Base(flake.Dir)
	if !slices.Contains(c.Pins.Inputs, name) {
		if len(c.Pins.Inputs) == 0 {
			return nil
		}
		name = c.Pins.Inputs[0]
	}
	return newPins(name, nil, true, flake)
}

// pinsByFollows guesses: the input through which most others follow.
func (s *Snapshot) pinsByFollows(f *Flake) *Pins {
	var best *Input
	most := 0
	for _, in := range f.Inputs {
		count := 0
		for _, other := range f.Inputs {
			if other.IsFollow && len(other.Follows) > 1 && other.Follows[0] == in.Name {
				count++
			}
		}
		if count > most {
			best, most = in, count
		}
	}
	if best == nil {
		return nil
	}
	return newPins(best.Name, best, false, s.FlakeBehind(f, best))
}

// referenceOf is what an input refers to in the end: an id resolved, an input that follows by the lock. ok is false where
// that is not known.
func (s *Snapshot) referenceOf(f *Flake, in *Input) (r ref.Ref, ok bool) {
	switch {
	case in.HasReference && !in.IsFollow:
		// Any registry will do to know what is meant, also one that Nix does not ask for inputs any more.
		return s.identified(in.Reference, registry.CommandLine), true
	case in.IsFollow && f.Lock != nil:
		if node, err := f.Lock.Resolve([]string{in.Name}); err == nil && !node.Original().IsZero() {
			return node.Original(), true
		}
	}
	return ref.Ref{}, false
}

// FlakeBehind is the flake of an input where it lies on this disk; see folderBehind.
func (s *Snapshot) FlakeBehind(f *Flake, in *Input) *Flake { return s.settledAt(s.folderBehind(f, in)) }

// folderBehind is the folder that an input means where that is on this disk: behind a local reference, or a checkout of the
// workspace whose remote is the input's source. There need not be a flake in it. It is "" where nothing is here.
func (s *Snapshot) folderBehind(f *Flake, in *Input) string {
	r, ok := s.referenceOf(f, in)
	if !ok || !in.IsFlake {
		return ""
	}
	if dir, ok := s.localDir(r, f.Dir); ok {
		return dir
	}
	return s.nearest(f, s.checkouts(checkoutKey{s.Source(r), r.Dir()}))
}

// checkouts are the folders of the workspace's flakes that others call so, sorted. The list is not the caller's own.
func (s *Snapshot) checkouts(key checkoutKey) []string {
	s = s.asks(question{about: checkouts, source: key.source, folder: key.dir})
	if known, ok := s.caches.checkouts.Load(key); ok {
		return known.([]string)
	}
	dirs := s.withOverlaid(s.flakeFacts().byRemote[key], s.openByRemote()[key])
	if len(dirs) > 0 { // most references are of nothing that is here
		s.caches.checkouts.Store(key, dirs)
	}
	return dirs
}

// openByRemote are the folders of overlaid flakes by their remoteKeys.
func (s *Snapshot) openByRemote() map[checkoutKey][]string {
	s.caches.openByRemoteOnce.Do(func() {
		s.caches.openByRemote = map[checkoutKey][]string{}
		for dir := range s.overlaid() {
			for _, key := range s.remoteKeys(dir) {
				s.caches.openByRemote[key] = append(s.caches.openByRemote[key], dir)
			}
		}
	})
	return s.caches.openByRemote
}

// nearestPins is the folder of the flake called pins, of those that suit, that shares the longest way with a flake; "" where two
// are equally near, or none is there.
func (s *Snapshot) nearestPins(f *Flake, suits func(dir string) bool) string {
	return s.nearest(f, slices.DeleteFunc(slices.Clone(s.pinsFlakes()), func(dir string) bool { return dir == f.Dir || !suits(dir) }))
}

func (s *Snapshot) nearest(f *Flake, dirs []string) string {
	if len(dirs) == 1 {
		return dirs[0]
	}
	best, length, twice := "", -1, false
	for _, dir := range dirs {
		switch n := commonLength(dir, f.Dir); {
		case n > length:
			best, length, twice = dir, n, false
		case n == length:
			twice = true
		}
	}
	if twice {
		return ""
	}
	return best
}

// commonLength is the number of names that two paths share from the top.
func commonLength(a, b string) int {
	separator := string(filepath.Separator)
	x, y := strings.Split(a, separator), strings.Split(b, separator)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}
