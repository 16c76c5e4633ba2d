package mana

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Code names a kind of problem.
type Code string

// The problems of a lock.json that is JSON.
const (
	WrongType       Code = "wrong-type"       // a value of another JSON type than mana expects there
	OldFormat       Code = "old-format"       // the nested form before 2026: this mana finds no dependency in it
	MissingSource   Code = "missing-source"   // a dependency whose lock key `sources` lacks
	UnusedSource    Code = "unused-source"    // a source that no dependency leads to
	UnlockedSource  Code = "unlocked-source"  // a source without narHash
	DuplicateName   Code = "duplicate-name"   // a name twice in one object: the last one counts
	MissingTopLevel Code = "missing-toplevel" // `deps` or `sources` is not there
)

// Problem is something wrong in a lock.json that is JSON.
type Problem struct {
	Code    Code
	Span    text.Span
	Message string
}

// Parse reads the text of a lock.json. The error is an *Error and says that there is nothing to read; then the lock is nil.
// Everything else that is wrong stands in the lock's Problems.
func Parse(source string) (*Lock, error) {
	p := &parser{
		reader: spanjson.NewReader(source, MaxSize),
		lock:   &Lock{dependencies: map[string][]Dependency{}, sources: map[string]Source{}},
	}
	p.file()
	p.reader.End()
	if err := p.reader.Err(); err != nil {
		return nil, err
	}
	p.connect()
	sortslice.StableFunc(p.lock.Problems, func(a, b Problem) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return p.lock, nil
}

type parser struct {
	reader *spanjson.Reader
	lock   *Lock
}

func (p *parser) report(code Code, span text.Span, format string, args ...any) {
	if p.reader.Err() == nil {
		p.lock.Problems = append(p.lock.Problems, Problem{code, span, fmt.Sprintf(format, args...)})
	}
}

func (p *parser) file() {
	var hasDeps, hasSources, nested bool
	span, ok := p.reader.Object(func(name string, _ text.Span) {
		switch name {
		case "deps":
			hasDeps = true
			p.object("`deps`", func(key string, _ text.Span) { p.project(key) })
		case "sources":
			hasSources = true
			p.object("`sources`", func(key string, span text.Span) { p.source(key, span) })
		default:
			if p.reader.Kind() == '{' {
				p.reader.Object(func(name string, _ text.Span) { nested = nested || name == "locked" })
			}
		}
	})
	start := text.Span{Start: span.Start, End: min(span.Start+1, span.End)}
	switch {
	case !ok:
		p.report(WrongType, span, "a lock.json is an object with `deps` and `sources`")
	case !hasDeps && !hasSources && nested:
		p.report(OldFormat, start, "lock.json has the form of an older mana, in which this one finds no dependency; `mana update` writes it anew")
	case !hasDeps || !hasSources:
		p.report(MissingTopLevel, start, "lock.json lacks `deps` or `sources`")
	}
}

// object reads an object and says so where there is none, and where a name stands twice.
func (p *parser) object(what string, each func(name string, span text.Span)) (text.Span, bool) {
	seen := map[string]bool{}
	span, ok := p.reader.Object(func(name string, span text.Span) {
		if seen[name] {
			p.report(DuplicateName, span, "%q stands twice in %s; the last one counts", name, what)
		}
		seen[name] = true
		each(name, span)
	})
	if !ok {
		p.report(WrongType, span, "%s is no object", what)
	}
	return span, ok
}

func (p *parser) project(key string) {
	byName := map[string]Dependency{}
	p.object(fmt.Sprintf("the dependencies of %q", key), func(name string, nameSpan text.Span) {
		target, span, ok := p.reader.String()
		if !ok {
			p.report(WrongType, span, "the dependency %q must be a lock key", name)
			return
		}
		byName[name] = Dependency{name, target, nameSpan, span}
	})
	list := make([]Dependency, 0, len(byName))
	for _, d := range byName {
		list = append(list, d)
	}
	sortslice.Func(list, func(a, b Dependency) int { return strings.Compare(a.Name, b.Name) })
	p.lock.dependencies[key] = list
}

func (p *parser) source(key string, keySpan text.Span) {
	s := Source{Key: key, KeySpan: keySpan}
	var ok bool
	s.Span, ok = p.object(fmt.Sprintf("the source %q", key), func(name string, _ text.Span) {
		switch name {
		case "args":
			s.Args = p.attributes("`args`")
		case "locked":
			s.Locked = p.attributes("`locked`")
		}
	})
	if ok && s.NarHash() == "" {
		p.report(UnlockedSource, keySpan, "the source %q has no `narHash`", key)
	}
	p.lock.sources[key] = s
}

// attributes reads an object of scalars. Attributes of fetchTree that are none (publicKeys) are left out: nothing asks them.
func (p *parser) attributes(what string) map[string]any {
	attributes := map[string]any{}
	p.object(what, func(name string, _ text.Span) {
		if value, _, ok := p.reader.Scalar(); ok {
			attributes[name] = value
		}
	})
	return attributes
}

// connect finds dependencies without source and sources without dependency.
func (p *parser) connect() {
	used := map[string]bool{}
	for project, list := range p.lock.dependencies {
		for _, d := range list {
			used[d.Key] = true
			if _, ok := p.lock.sources[d.Key]; !ok {
				where := "the project"
				if project != Root {
					where = fmt.Sprintf("%q", project)
				}
				p.report(MissingSource, d.Span, "the dependency %q of %s leads to %q, which `sources` lacks", d.Name, where, d.Key)
			}
		}
	}
	for key, s := range p.lock.sources {
		if !used[key] {
			p.report(UnusedSource, s.KeySpan, "no dependency leads to the source %q", key)
		}
	}
}
