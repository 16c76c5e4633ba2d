package registry

import (
	"fmt"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// MaxSize is the number of bytes from which on a registry is not read: 4 MiB. The official one has 13 kB.
const MaxSize = 4 << 20

// Error says that a file is no JSON at all, holds the markers of an unfinished merge, or is over MaxSize, and where.
type Error = spanjson.Error

// Problem is something wrong in a registry that is JSON. Nix warns once for a registry and goes on with what it has read.
type Problem struct {
	Span    text.Span
	Message string
	// Fatal says that Nix reads no further: entries before the place count, those after it do not.
	Fatal bool
}

// Parse reads the text of a registry file. The error is an *Error and says that there is nothing to read; then the registry
// is nil. Everything else that is wrong stands in its Problems, and Entries are those that Nix knows then.
func Parse(source string, kind Kind, provenance Provenance, path string) (*Registry, error) {
	p := &parser{
		reader:   spanjson.NewReader(source, MaxSize),
		registry: &Registry{Kind: kind, Provenance: provenance, Path: path},
	}
	p.file()
	p.reader.End()
	if err := p.reader.Err(); err != nil {
		return nil, err
	}
	return p.registry, nil
}

type parser struct {
	reader   *spanjson.Reader
	registry *Registry
	stopped  bool // Nix has read no further
}

func (p *parser) report(fatal bool, span text.Span, format string, args ...any) {
	p.registry.Problems = append(p.registry.Problems, Problem{span, fmt.Sprintf(format, args...), fatal})
	p.stopped = p.stopped || fatal
}

func (p *parser) file() {
	version := int64(0)
	var versionSpan text.Span
	span, ok := p.reader.Object(func(name string, span text.Span) {
		switch name {
		case "version":
			var value any
			value, versionSpan, _ = p.reader.Scalar()
			version, _ = value.(int64)
		case "flakes":
			p.registry.Entries, p.stopped = nil, false
			span, ok := p.reader.Array(func(int) { p.entry() })
			if !ok && p.reader.Err() == nil {
				p.report(true, span, "`flakes` is no list")
			}
		default:
			p.report(false, span, "unknown key %q; a registry has `flakes` and `version`", name)
		}
	})
	switch {
	case p.reader.Err() != nil:
	case !ok:
		p.report(true, span, "a registry is an object with `flakes` and `version`")
	case version != 2:
		if versionSpan.Empty() {
			versionSpan = text.Span{Start: span.Start, End: span.Start + 1}
		}
		p.report(true, versionSpan, "the registry has version %d; Nix reads version 2", version)
		p.registry.Entries = nil
	}
}

func (p *parser) entry() {
	var e Entry
	ok := true
	var isObject, hasFrom, hasTo bool
	e.Span, isObject = p.reader.Object(func(name string, span text.Span) {
		switch name {
		case "from":
			hasFrom = true
			var valid bool
			e.From, span, valid = p.reference(name)
			if valid && e.From.Dir() != "" {
				p.report(true, span, "`from` names a source, which has no `dir`")
				valid = false
			}
			ok = ok && valid
		case "to":
			hasTo = true
			var valid bool
			e.To, e.ToSpan, valid = p.reference(name)
			ok = ok && valid
		case "exact":
			value, span, _ := p.reader.Scalar()
			exact, isBool := value.(bool)
			if !isBool && p.reader.Err() == nil {
				p.report(true, span, "`exact` is no boolean")
				ok = false
			}
			e.Exact = exact
		default:
			p.report(false, span, "unknown key %q; an entry has `from`, `to` and `exact`", name)
		}
	})
	if p.reader.Err() != nil {
		return
	}
	if !isObject || !hasFrom || !hasTo {
		p.report(true, e.Span, "an entry is an object with `from` and `to`")
		return
	}
	if ok && !p.stopped {
		p.registry.Entries = append(p.registry.Entries, e)
	}
}

func (p *parser) reference(name string) (ref.Ref, text.Span, bool) {
	attrs := ref.Attrs{}
	valid := true
	span, isObject := p.reader.Object(func(attribute string, _ text.Span) {
		value, span, ok := p.reader.Scalar()
		if !ok && p.reader.Err() == nil {
			p.report(true, span, "`%s.%s` must be a string, a number or a boolean", name, attribute)
			valid = false
		}
		attrs[attribute] = value
	})
	switch {
	case p.reader.Err() != nil || !valid:
		return ref.Ref{}, span, false
	case !isObject:
		p.report(true, span, "`%s` is no object", name)
		return ref.Ref{}, span, false
	}
	reference, err := ref.FromAttrs(attrs)
	if err != nil {
		p.report(true, span, "`%s` is no reference: %v", name, err)
		return ref.Ref{}, span, false
	}
	return reference, span, true
}
