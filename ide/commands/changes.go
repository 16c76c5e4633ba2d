package commands

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Change is an input that two locks hold differently.
type Change struct {
	// Input is its path of names, with slashes.
	Input string `json:"input"`
	// From and To are what the first and the second hold; nil is nothing.
	From *Version `json:"from"`
	To   *Version `json:"to"`
}

// Version is what a lock holds of an input: a commit or a hash of a source, or that it follows another input.
type Version struct {
	// Source is where it comes from: github.com/nixos/nixpkgs.
	Source string `json:"source,omitempty"`
	// Rev is the whole commit hash, NarHash that of the content where there is no commit.
	Rev     string `json:"rev,omitempty"`
	NarHash string `json:"narHash,omitempty"`
	// Date is the day of the version: 2026-11-20.
	Date string `json:"date,omitempty"`
	// Follows is the path that the input follows, with slashes; nil where it has a version of its own.
	Follows *string `json:"follows,omitempty"`
}

// VersionOf is what a node holds.
func VersionOf(n lock.Node) *Version {
	v := &Version{Source: string(n.Locked().Source()), Rev: n.Rev()}
	if dir := n.Locked().Dir(); dir != "" {
		v.Source += "?dir=" + dir
	}
	if v.Rev == "" {
		v.NarHash = n.NarHash()
	}
	if at, ok := n.LastModified(); ok {
		v.Date = at.Format("2006-01-02")
	}
	return v
}

// equal says whether two versions are one. The day is no part of it: older locks lack some.
func (v *Version) equal(other *Version) bool {
	return v.Source == other.Source && v.Rev == other.Rev && v.NarHash == other.NarHash && (v.Follows == nil) == (other.Follows == nil) &&
		(v.Follows == nil || *v.Follows == *other.Follows)
}

// String is a version as a sentence has it: a22c3a4249 (2026-11-10).
func (v *Version) String() string {
	switch {
	case v.Follows != nil && *v.Follows == "":
		return "the flake itself"
	case v.Follows != nil:
		return "what " + *v.Follows + " is"
	}
	short := v.Rev
	if short == "" {
		short = strings.TrimPrefix(v.NarHash, "sha256-")
	}
	short = short[:min(len(short), 10)]
	switch {
	case v.Date == "":
		return cmp.Or(short, v.Source, "something")
	case short == "":
		return v.Date
	}
	return short + " (" + v.Date + ")"
}

// Compare tells what differs between the texts of two flake.lock files, sorted by input; "" is no lock. The error says that one
// cannot be read.
func Compare(before, after string) ([]Change, error) {
	old, err := versions(before)
	if err != nil {
		old = map[string]*Version{} // what is wrong before is no reason to say nothing of what is there now
	}
	now, err := versions(after)
	if err != nil {
		return nil, fmt.Errorf("flake.lock cannot be read: %w", err)
	}
	changes := []Change{}
	for input, v := range now {
		if was := old[input]; was == nil || !was.equal(v) {
			changes = append(changes, Change{input, was, v})
		}
	}
	for input, v := range old {
		if now[input] == nil {
			changes = append(changes, Change{input, v, nil})
		}
	}
	sortslice.Func(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(strings.Count(a.Input, "/"), strings.Count(b.Input, "/")), cmp.Compare(a.Input, b.Input))
	})
	return changes, nil
}

// versions are those of a lock by the paths of the inputs.
func versions(text string) (map[string]*Version, error) {
	all := map[string]*Version{}
	if text == "" {
		return all, nil
	}
	graph, err := lock.Parse(text)
	if err != nil {
		return nil, err
	}
	graph.Walk(func(path []string, in lock.Input) bool {
		var v *Version
		switch {
		case in.Follows != nil:
			follows := strings.Join(in.Follows, "/")
			v = &Version{Follows: &follows}
		case in.Target == lock.NoNode:
			return false
		default:
			v = VersionOf(graph.Node(in.Target))
		}
		all[strings.Join(path, "/")] = v
		return true
	})
	return all, nil
}

// Tried is the lock in what nix printed for TryArguments, as the text of a flake.lock.
func Tried(metadata []byte) (string, error) {
	var told struct{ Locks json.RawMessage }
	if err := json.Unmarshal(metadata, &told); err != nil || len(told.Locks) == 0 {
		return "", fmt.Errorf("nix did not tell what it would lock")
	}
	return string(told.Locks), nil
}

// mostTold is how many changes a sentence names.
const mostTold = 4

// Sentence tells changes to a person; "" where there are none.
func Sentence(changes []Change) string {
	var told []string
	for i, c := range changes {
		if i == mostTold && len(changes) > mostTold+1 {
			told = append(told, fmt.Sprintf("and %d more inputs", len(changes)-mostTold))
			break
		}
		told = append(told, text.Printable(c.String()))
	}
	return strings.Join(told, "; ")
}

// String tells one change: nixpkgs: 5a3fd2b1c0 (2026-08-01) → 9be1a7e3f4 (2026-11-20).
func (c Change) String() string {
	switch {
	case c.From == nil:
		return c.Input + ": added, " + c.To.String()
	case c.To == nil:
		return c.Input + ": removed"
	case c.From.Follows == nil && c.To.Follows == nil && c.From.Source != c.To.Source:
		return fmt.Sprintf("%s: %s %s → %s %s", c.Input, c.From.Source, c.From, c.To.Source, c.To)
	}
	return c.Input + ": " + c.From.String() + " → " + c.To.String()
}

// Held is what the text of a flake.lock holds for a path of names, through all follows. ok is false where that is nothing.
func Held(text, input string) (v *Version, ok bool) {
	graph, err := lock.Parse(text)
	if err != nil {
		return nil, false
	}
	n, err := graph.Resolve(strings.Split(input, "/"))
	if err != nil || n == graph.Root() || workspace.LockedVersion(n) == "" {
		return nil, false
	}
	return VersionOf(n), true
}

// Followed is the path that an input follows by the text of a flake.lock; ok is false where it does not.
func Followed(text, input string) (path string, ok bool) {
	all, err := versions(text)
	if v := all[input]; err == nil && v != nil && v.Follows != nil {
		return *v.Follows, true
	}
	return "", false
}

// Warnings are what Nix warned of on standard error about inputs, as one sentence; "" where it did not. What it says of the machine, and
// of the lock that it writes, is left out.
func Warnings(stderr string) string {
	var list []string
	for line := range strings.Lines(stderr) {
		warning, ok := strings.CutPrefix(strings.TrimSpace(line), "warning: ")
		if ok && strings.Contains(warning, "input") && !strings.HasSuffix(warning, ":") {
			list = append(list, warning)
		}
	}
	if list == nil {
		return ""
	}
	return "nix: " + Plain(strings.Join(list, "; "))
}
