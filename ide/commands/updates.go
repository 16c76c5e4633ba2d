package commands

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Question is an input of a flake that may have a newer version.
type Question struct {
	// Dir is the absolute path of the flake's folder, Input the path of names.
	Dir, Input string
	// Locked is what the lock holds, nil where that is nothing.
	Locked *Version
	// Remote is whom to ask; Why, where nobody can be asked, is why.
	Remote Remote
	Why    string
}

// Questions are the inputs of the flake in a folder that can have newer versions, or the one that a path of names means. Inputs that
// follow others are left out: these are asked for where they are declared. The error says that there is no such flake or input.
func Questions(s *workspace.Snapshot, dir, input string) ([]Question, error) {
	f := s.Flake(dir)
	if f == nil {
		return nil, fmt.Errorf("%s holds no flake.nix that can be read", dir)
	}
	if input != "" {
		if err := CheckInput(input); err != nil {
			return nil, err
		}
		q, err := question(s, f, input)
		return []Question{q}, err
	}
	var list []Question
	for _, in := range f.Inputs {
		if in.IsFollow || !in.HasReference {
			continue
		}
		q := Question{Dir: f.Dir, Input: in.Name}
		if f.Lock != nil {
			if n, err := f.Lock.Resolve(in.Path); err == nil {
				q.Locked = VersionOf(n)
			}
		}
		q.Remote, q.Why = RemoteOf(resolved(s, in.Reference))
		list = append(list, q)
	}
	return list, nil
}

// question is that of one path of names, through all follows.
func question(s *workspace.Snapshot, f *workspace.Flake, input string) (Question, error) {
	q := Question{Dir: f.Dir, Input: input}
	path := strings.Split(input, "/")
	in := f.Input(path[0])
	if len(path) > 1 || in == nil || in.IsFollow || !in.HasReference {
		in = nil
	}
	var n lock.Node
	err := fmt.Errorf("%s has no input %s, and no lock that knows it", filepath.Base(f.Dir), input)
	if f.Lock != nil {
		n, err = f.Lock.Resolve(path)
	}
	switch {
	case in != nil:
		q.Remote, q.Why = RemoteOf(resolved(s, in.Reference))
	case err != nil:
		return q, err
	default:
		q.Remote, q.Why = RemoteOf(resolved(s, n.Original()))
	}
	if err == nil {
		q.Locked = VersionOf(n)
	}
	return q, nil
}

// resolved is what a reference stands for, as Nix would find out for an input.
func resolved(s *workspace.Snapshot, r ref.Ref) ref.Ref {
	if r.Type() == ref.Indirect {
		if result, err := s.Registry().Resolve(r, registry.FlakeInput); err == nil {
			return result.Ref
		}
	}
	return r
}

// NewestOf is the reference of an input of the flake in a folder as an argument for TryArguments: what it means now is its newest
// version. The error says why there is none.
func NewestOf(s *workspace.Snapshot, dir, input string) (string, error) {
	if err := CheckInput(input); err != nil {
		return "", err
	}
	f := s.Flake(dir)
	if f == nil {
		return "", fmt.Errorf("%s holds no flake.nix that can be read", dir)
	}
	path := strings.Split(input, "/")
	var r ref.Ref
	if in := f.Input(path[0]); len(path) == 1 && in != nil && in.HasReference && !in.IsFollow {
		r = in.Reference
	} else if f.Lock != nil {
		if n, err := f.Lock.Resolve(path); err == nil {
			r = n.Original()
		}
	}
	switch {
	case r.IsZero():
		return "", fmt.Errorf("flake.nix and flake.lock tell no reference of %s: name the one to try", input)
	case r.Relative():
		return "", fmt.Errorf("%s lies in the flake itself and has no other version", input)
	}
	url, ok := Argument(r)
	if !ok {
		return "", fmt.Errorf("the reference of %s has no form as an argument: name the one to try", input)
	}
	return url, nil
}

// Answer is what is known of a question: the commit of the remote, or why it is not known.
type Answer struct {
	Input string `json:"input"`
	// Repository is where was asked, without secrets, and Ref the full name of the branch or tag there.
	Repository string `json:"repository,omitempty"`
	Ref        string `json:"ref,omitempty"`
	// Locked is what the lock holds, nil where that is nothing, and Rev the commit of the remote.
	Locked *Version `json:"locked"`
	Rev    string   `json:"rev,omitempty"`
	// Moved says that the remote is at another commit than the lock.
	Moved bool `json:"moved"`
	// Reason is why nothing is known.
	Reason string `json:"reason,omitempty"`
}

// Answer makes the answer of what Git printed, or of the error that it ended with.
func (q Question) Answer(printed string, err error) Answer {
	a := Answer{Input: q.Input, Locked: q.Locked, Repository: Plain(q.Remote.Repository)}
	if q.Why != "" {
		a.Reason = Plain(q.Why)
		return a
	}
	if err == nil {
		a.Rev, a.Ref, err = q.Remote.Read(printed)
	}
	if err != nil {
		a.Reason = Plain(err.Error())
		return a
	}
	switch {
	case q.Locked == nil:
		a.Reason = "not locked yet"
	case q.Locked.Rev == "":
		a.Reason = "locked without a commit"
	default:
		a.Moved = q.Locked.Rev != a.Rev
	}
	return a
}

// UpdatesSentence tells answers to a person.
func UpdatesSentence(answers []Answer) string {
	var moved, unknown []string
	for _, a := range answers {
		switch {
		case a.Moved:
			moved = append(moved, fmt.Sprintf("%s: %s → %s", a.Input, a.Locked, a.Rev[:10]))
		case a.Reason != "":
			unknown = append(unknown, a.Input+": "+a.Reason)
		}
	}
	var said []string
	switch {
	case len(moved) > 0:
		said = append(said, "There are updates. "+listed(moved, "more inputs have moved")+".")
	case len(answers) == 0:
		return "No input has a version of its own."
	case len(unknown) < len(answers):
		said = append(said, "No updates: what is locked is the newest.")
	}
	if len(unknown) > 0 {
		said = append(said, "Not known: "+listed(unknown, "more")+".")
	}
	return text.Printable(strings.Join(said, " "))
}

func listed(all []string, more string) string {
	if len(all) > mostTold+1 {
		all = append(all[:mostTold:mostTold], fmt.Sprintf("%d %s", len(all)-mostTold, more))
	}
	return strings.Join(all, "; ")
}
