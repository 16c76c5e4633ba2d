package workspace_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var roleNames = map[workspace.Role]string{
	workspace.RoleUnknown: "unknown", workspace.RolePins: "pins", workspace.RoleLeaf: "leaf", workspace.RoleStandalone: "standalone",
}

// describe prints all that a snapshot says of the flakes below a folder, with paths relative to it.
func describe(s *workspace.Snapshot, dir string) string {
	var b strings.Builder
	for path := range s.Judged() {
		if filepath.Base(path) == "flake.nix" {
			continue
		}
		fmt.Fprintf(&b, "file %s\n", path)
	}
	for summary := range s.Flakes() {
		f := s.Flake(summary.Dir)
		if f == nil {
			fmt.Fprintf(&b, "flake %s: summary without a flake\n", summary.Dir)
			continue
		}
		fmt.Fprintf(&b, "flake %s: %s", summary.Dir, roleNames[s.Role(f)])
		if s.Exempt(f.File.Path) {
			b.WriteString(", exempt")
		}
		b.WriteByte('\n')
		for _, in := range f.Inputs {
			describeInput(&b, s, in, f)
		}
		if summary.Dir == f.Dir && !summarizes(summary, f) {
			b.WriteString("  the summary says something else\n")
		}
		for _, r := range s.Checkout(f) {
			fmt.Fprintf(&b, "  known as %s\n", r)
		}
		describePins(&b, s.Pins(f))
	}
	for _, source := range s.Sources() {
		fmt.Fprintf(&b, "source %s:", source)
		var users []string
		for _, use := range s.SourceUsers(source) {
			fmt.Fprintf(&b, " %s %s", use.Dir, strings.Join(use.Path, "/"))
			users = append(users, use.Dir)
		}
		b.WriteByte('\n')
		users = slices.Compact(users)
		for i := range len(users) + 1 { // all but the first few
			if _, n := s.OtherUsers(source, 1, append([]string{dir}, users[:i]...)...); n != len(users)-i {
				fmt.Fprintf(&b, "  without %v it has %d users\n", users[:i], n)
			}
		}
	}
	for _, id := range s.AllPins() {
		describePolyrepo(&b, s, id)
	}
	return strings.ReplaceAll(b.String(), dir, "")
}

// describePolyrepo prints what the flakes say together of one pins flake.
func describePolyrepo(b *strings.Builder, s *workspace.Snapshot, id workspace.PinsID) {
	fmt.Fprintf(b, "pins %s%s:\n", id.Dir, id.Source)
	history := s.History(id)
	for _, l := range s.Leaves() {
		if l.Pins != id {
			continue
		}
		fmt.Fprintf(b, "  leaf %s by %s", l.Dir, l.Input)
		if at, ok := history.Standing(l); ok {
			fmt.Fprintf(b, ", %d behind", at.Behind)
		}
		b.WriteByte('\n')
	}
	followers := s.Followers(id)
	for _, name := range slices.Sorted(maps.Keys(followers)) {
		fmt.Fprintf(b, "  %s is followed by", name)
		for _, f := range followers[name] {
			fmt.Fprintf(b, " %s %s", f.Dir, strings.Join(f.Path, "/"))
		}
		b.WriteByte('\n')
	}
	if orphans := s.Orphans(id); len(orphans) > 0 {
		fmt.Fprintf(b, "  nobody follows %s\n", strings.Join(orphans, " "))
	}
	for _, c := range s.Candidates(id) {
		fmt.Fprintf(b, "  could offer %s:", c.Source)
		for _, use := range c.Uses {
			fmt.Fprintf(b, " %s %s", use.Dir, strings.Join(use.Path, "/"))
		}
		b.WriteByte('\n')
	}
	for summary := range s.Flakes() {
		if s.RoleOf(summary) == workspace.RoleStandalone {
			describeAlignment(b, s, s.Flake(summary.Dir), id)
		}
	}
	if pin, ok := s.NixpkgsInRegistry(id); ok {
		fmt.Fprintf(b, "  the registry has %s, should have %s (agrees %t)\n", pin.Registry.Ref, pin.Reference, pin.Agrees)
	}
}

func describeInput(b *strings.Builder, s *workspace.Snapshot, top *workspace.Input, f *workspace.Flake) {
	top.Walk(func(in *workspace.Input) {
		fmt.Fprintf(b, "  input %s:", strings.Join(in.Path, "."))
		if in.HasReference {
			fmt.Fprintf(b, " %s", in.Reference)
			if in.Reference.Type() == ref.File {
				b.WriteString(" (a file)")
			}
		}
		for _, mark := range []struct {
			on   bool
			text string
		}{
			{in.Indirect, "by its name"}, {in.Formal != nil, "a formal"}, {!in.IsFlake, "no flake"},
			{in.IsFollow, "follows [" + strings.Join(in.Follows, " ") + "]"}, {in.ReferenceError != nil, fmt.Sprintf("error: %v", in.ReferenceError)},
		} {
			if mark.on {
				b.WriteString(" (" + mark.text + ")")
			}
		}
		if local, ok := s.LocalFlake(in, f); ok {
			fmt.Fprintf(b, " here at %s", local.Dir)
		}
		b.WriteByte('\n')
	})
}

func describePins(b *strings.Builder, p *workspace.Pins) {
	if p == nil {
		return
	}
	fmt.Fprintf(b, "  pins %s:", p.Input)
	for _, mark := range []struct {
		on   bool
		text string
	}{{p.Called, "called"}, {!p.Called, "guessed"}, {p.Declared != nil, "declared"}, {p.Declared == nil, "to add"}} {
		if mark.on {
			b.WriteString(" " + mark.text)
		}
	}
	if p.Dir != "" {
		fmt.Fprintf(b, ", flake %s", p.Dir)
	}
	if p.Reference() != "" {
		fmt.Fprintf(b, ", reference %s", p.Reference())
	}
	b.WriteByte('\n')
	for _, o := range p.Offers() {
		fmt.Fprintf(b, "    offers %s", o.Path)
		if o.HasReference {
			fmt.Fprintf(b, " = %s", o.Reference)
		}
		notes := []string{[]string{"manifest", "lock"}[o.Origin]}
		if o.InLock {
			notes = append(notes, "in the leaf's lock")
		}
		if !o.IsFlake {
			notes = append(notes, "no flake")
		}
		if o.Locked.Rev != "" {
			notes = append(notes, fmt.Sprintf("at %.7s of %s", o.Locked.Rev, o.Locked.Modified.Format("2006-01-02")))
		}
		fmt.Fprintf(b, " (%s)", strings.Join(notes, ", "))
		if o.Declaration.Path != "" {
			fmt.Fprintf(b, " %s", o.Declaration.Path)
		}
		b.WriteByte('\n')
	}
}

// summarizes says whether a summary has all inputs and overrides of a flake as they are.
func summarizes(summary *workspace.Summary, f *workspace.Flake) bool {
	rest := slices.Collect(summary.Inputs())
	equal := true
	for _, top := range f.Inputs {
		top.Walk(func(in *workspace.Input) {
			if len(rest) == 0 {
				equal = false
				return
			}
			got := rest[0]
			rest = rest[1:]
			equal = equal && slices.Equal(got.Path, in.Path) && slices.Equal(got.Follows, in.Follows) && got.IsFollow == in.IsFollow &&
				got.Reference == in.Reference && got.HasReference == in.HasReference && got.IsFlake == in.IsFlake && got.Indirect == in.Indirect
		})
	}
	return equal && len(rest) == 0
}

// inputNames are the names of a flake's inputs, sorted; of no flake none.
func inputNames(f *workspace.Flake) []string {
	if f == nil {
		return nil
	}
	var names []string
	for _, in := range f.Inputs {
		names = append(names, in.Name)
	}
	slices.Sort(names)
	return names
}

var alignStates = map[workspace.AlignState]string{
	workspace.Aligned: "aligned", workspace.Differs: "differs", workspace.NotLocked: "not locked", workspace.NotInPins: "not in pins",
	workspace.Ambiguous: "ambiguous", workspace.Unwritable: "unwritable",
}

// describeAlignment prints how the inputs of a flake stand to what a pins flake has last.
func describeAlignment(b *strings.Builder, s *workspace.Snapshot, f *workspace.Flake, id workspace.PinsID) {
	set := s.History(id).Newest
	if set == nil {
		return
	}
	fmt.Fprintf(b, "  %s beside it:\n", f.Dir)
	top := s.Align(f, set)
	for _, a := range append(top, s.AlignDeeper(f, set, top)...) {
		fmt.Fprintf(b, "    %s: %s", a.Name(), alignStates[a.State])
		if a.Offer != "" {
			fmt.Fprintf(b, " %s", a.Offer)
		}
		if len(a.Choices) > 0 {
			fmt.Fprintf(b, " %v", a.Choices)
		}
		if a.Pending() {
			fmt.Fprintf(b, ", ask for %s", a.Reference)
		}
		b.WriteByte('\n')
	}
}
