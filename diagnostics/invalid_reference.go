package diagnostics

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/version"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

var _ = Register(Rule{
	Code:     "invalid-reference",
	Level:    Error,
	Since:    "0.1.0",
	Silences: []string{"machine-path", "ignored-parameter", "registry-url", "reference-as-follows"},
	Summary:  "A flake reference that Nix refuses, or takes for something else than was meant.",
	Doc: `## What it does

Finds references that Nix refuses wherever they stand: with a fragment (` + "`#…`" + `), an unsupported scheme, an unknown ` + "`type`" + `, a missing
attribute, a query or a rev that cannot be; and formals of ` + "`outputs`" + ` that cannot be the name of an input, such as ` + "`_b`" + `.

As the ` + "`url`" + ` of an input, what is neither an id nor a URL is a path relative to the flake. So a slip in a URL becomes a path:
` + "`github:NixOS`, `git+ssh://git@github.com:org/pins`, `github:owner/repo/branch?rev=…`" + `. It is an error where Nix would read a
flake.nix from that path and there is none, or lead a flake back to itself; a path that exists is no fault. Where inputs lead through
flakes of the workspace back to one of them, and no flake.lock tells where to stop, it warns. It is a warning where
Nix does not look, because flake.lock still has the entry or the input is no flake: it fails, or is wrong, at the next update.

It finds a rev of a Git repository that is too short to be a commit hash, or is a branch, and a ` + "`narHash`" + ` that is no SRI hash of
SHA-256: Nix notices only when it fetches.

It also warns of a forge's web page, which Nix would download as an archive, and of a requirement in a URL of FlakeHub that is none.

## Why is this bad?

Nix fails with a message about a path that nobody wrote, such as "path '…/github:NixOS/flake.nix' does not exist".

## How to mend it

Write the form that was meant. A repository over SSH is ` + "`git+ssh://git@github.com/org/pins`" + `, with a slash after the host.

## Fix safety

The form that was meant is a choice: Nix has never read it so.

## References

Nix manual: nix flake, sections "Flake references" and "Types".
`,
	Check: func(p *Pass) {
		l := p.lockingOf()
		for in := range allInputs(p.Flake.Inputs) {
			if written(in) {
				p.checkReference(l, in)
				p.checkRev(l, in)
				p.checkNarHash(l, in)
			}
		}
		p.checkFormals()
		p.checkCircularImports(l)
		p.checkCircularCheckouts(l)
	},
})

func (p *Pass) checkReference(l *locking, in *workspace.Input) {
	literal, isText := in.Syntax.URL.Text()
	asURL := in.Syntax.Type == nil && isText
	if asURL && isThunk(p.Manifest, in.Syntax.URL.Attr) {
		return
	}
	switch {
	case asURL && in.Syntax.URL.Value.Kind == parse.PathValue && filepath.IsAbs(literal):
		p.reportAbsoluteLiteral(in, literal)
	case in.ReferenceError != nil:
		p.reportRefused(in, literal)
	case asURL && !in.IsFollow:
		p.checkMeaning(l, in, literal)
	default:
		p.checkPlace(l, in)
	}
}

// reportAbsoluteLiteral speaks of a path literal that does not lie in the flake's own source.
func (p *Pass) reportAbsoluteLiteral(in *workspace.Input, literal string) {
	p.Report(Finding{
		Span: in.Syntax.URL.Span(), Object: key(in.Path),
		Message: fmt.Sprintf("The path %s is not in the source of this flake; as a path without quotes Nix takes only one that is.", quoted(literal)),
		Fixes:   []Fix{p.setURL(in, "path:"+literal)},
	})
}

// reportRefused speaks of what Nix refuses when it reads flake.nix.
func (p *Pass) reportRefused(in *workspace.Input, literal string) {
	var fault *ref.Error
	if !errors.As(in.ReferenceError, &fault) {
		return
	}
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path)}
	if in.Indirect {
		f.Message = fmt.Sprintf("The input %s has neither `url` nor `follows`, and its name is no registry id: a letter, then letters, digits, `_` and `-`.", quoted(in.Name))
		p.Report(f)
		return
	}
	if in.Syntax.Type != nil {
		if p.reportedElsewhere(in.Syntax, fault) {
			return
		}
		if field := in.Syntax.Field(fault.Attribute); field != nil {
			f.Span = field.Span()
		}
		f.Message = refusedAttributes(in.Syntax, fault)
		if near := strings.Trim(fault.Expected, `"`); fault.Kind == ref.Unsupported && near != "" {
			f.Fixes = []Fix{p.rewriteFix("Write "+near, false, func(m *parse.Manifest) (rewrite.Change, error) {
				return rewrite.Quote(m, syntaxAt(m, in.Path).Type.Attr.Value, near)
			})}
		}
		p.Report(f)
		return
	}
	f.Span = in.Syntax.URL.Span()
	if fault.End > fault.Offset {
		f.Span = within(in.Syntax.URL, p.Manifest.Text, text.Span{Start: fault.Offset, End: fault.End})
	}
	f.Message = refusedURL(literal, fault)
	if fixed, _, _ := ref.Meant(literal); fixed != "" {
		f.Fixes = append(f.Fixes, p.setURL(in, fixed))
	} else if span, ok := ref.FragmentOf(literal); ok {
		f.Fixes = append(f.Fixes, p.setURL(in, literal[:span.Start]))
	}
	p.Report(f)
}

// shortestHash is the length of a commit hash in the shortest of the encodings that Nix takes, base 64.
const shortestHash = 28

// checkRev finds what cannot be a commit hash as the rev of a Git repository. Nix parses such a reference and refuses it when it fetches.
func (p *Pass) checkRev(l *locking, in *workspace.Input) {
	rev, certainty := in.Reference.Rev(), l.counts(in)
	message := revFault(in.Reference)
	if message == "" || in.IsFollow || certainty == idle {
		return
	}
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path), Message: message}
	if field := in.Syntax.Field("rev"); field != nil {
		f.Span = field.Span()
	} else if literal, ok := in.Syntax.URL.Text(); ok {
		if at := strings.Index(literal, "rev="+rev); at >= 0 {
			f.Span = within(in.Syntax.URL, p.Manifest.Text, text.Span{Start: at, End: at + len("rev=") + len(rev)})
		}
	}
	if certainty == possible {
		f.Severity = Warning
	}
	p.Report(f)
}

// revFault says why Nix cannot fetch the rev of a Git repository, "" where it may.
func revFault(r ref.Ref) string {
	rev := r.Rev()
	if r.Type() != ref.Git || rev == "" || len(rev) >= shortestHash {
		return ""
	}
	message := fmt.Sprintf("Nix cannot fetch the rev %s: it takes a whole commit hash, of 40 hexadecimal digits", quoted(rev))
	if strings.Trim(rev, "0123456789abcdefABCDEF") != "" {
		message += "; a branch or a tag is a `ref`"
	}
	return message + "."
}

// narHashFault says why Nix refuses a narHash, "" where it takes it.
func narHashFault(r ref.Ref) string {
	fault := ref.CheckNarHash(r.NarHash())
	if fault == nil {
		return ""
	}
	return fmt.Sprintf("Nix refuses the `narHash`: %s.", faultWords(fault))
}

// checkNarHash finds a narHash that Nix refuses when it fetches. While the entry of flake.lock is kept it does not look.
func (p *Pass) checkNarHash(l *locking, in *workspace.Input) {
	message, certainty := narHashFault(in.Reference), l.counts(in)
	if message == "" || in.IsFollow || certainty == idle {
		return
	}
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path), Message: message}
	if field := in.Syntax.Field("narHash"); field != nil {
		f.Span = field.Span()
	} else if literal, ok := in.Syntax.URL.Text(); ok {
		if at := strings.Index(literal, "narHash="); at >= 0 {
			value, _, _ := strings.Cut(literal[at:], "&")
			f.Span = within(in.Syntax.URL, p.Manifest.Text, text.Span{Start: at, End: at + len(value)})
		}
	}
	switch {
	case in.Reference.Type() == ref.Indirect, in.Reference.Type() == ref.Mercurial, certainty == possible, l.edgeOf(in).kept:
		f.Severity = Warning // it needs to fetch something first
	}
	p.Report(f)
}

// reportedElsewhere says whether a fault in the attributes is one of the rules wrong-type and unsupported-attribute.
func (p *Pass) reportedElsewhere(in *parse.Input, fault *ref.Error) bool {
	if fault.Attribute == "type" {
		return in.Type.Value.Kind != parse.StringValue
	}
	field := in.Field(fault.Attribute)
	if field == nil {
		return false // it is missing
	}
	typ, _ := in.Type.Text()
	for _, a := range ref.Attributes(typ) {
		if a.Name == field.Name {
			return field.Value.Kind != attributeKinds[a.Kind][0]
		}
	}
	return true
}

func refusedAttributes(in *parse.Input, fault *ref.Error) string {
	typ, _ := in.Type.Text()
	switch {
	case fault.Kind == ref.Unsupported && fault.Expected != "":
		return fmt.Sprintf("Nix has no type %s of references; was %s meant?", quoted(typ), quoted(strings.Trim(fault.Expected, `"`)))
	case fault.Kind == ref.Unsupported:
		return fmt.Sprintf("Nix has no type %s of references.", quoted(typ))
	case in.Field(fault.Attribute) == nil:
		return fmt.Sprintf("The attribute %s is missing; an input of type %s needs it.", quoted(fault.Attribute), quoted(typ))
	case fault.Found == "both":
		return "An input has `ref` or `rev`, not both."
	}
	return fmt.Sprintf("The attribute %s is wrong: %s.", quoted(fault.Attribute), faultWords(fault))
}

func refusedURL(literal string, fault *ref.Error) string {
	switch fault.Kind {
	case ref.Empty:
		return "The empty text is no flake reference: Nix reads it as the path `/`."
	case ref.Fragment:
		return fmt.Sprintf("The reference of an input has no fragment; %s names an output.", quoted(ref.Redact(literal[fault.Offset:])))
	case ref.Unsupported:
		message := fmt.Sprintf("Nix has no scheme %s", quoted(strings.TrimPrefix(fault.Found, "the unsupported scheme ")))
		if fault.Expected != "" {
			return message + "; was " + quoted(fault.Expected) + " meant?"
		}
		return message + "."
	}
	return fmt.Sprintf("Nix refuses %s: %s.", quoted(ref.Redact(literal)), faultWords(fault))
}

// checkMeaning finds URLs that Nix reads as something else than was meant.
func (p *Pass) checkMeaning(l *locking, in *workspace.Input, literal string) {
	fixed, why, slip := ref.Meant(literal)
	if !slip {
		if fault := ref.URLError(literal); fault != nil {
			why, slip = faultWords(fault), true
		}
	}
	if !slip {
		p.checkPlace(l, in)
		p.checkRequirement(in, literal)
		return
	}
	edge := l.edgeOf(in)
	kept := edge != nil && edge.kept
	absent := l.places[edge] != ""
	if isPath := in.Reference.Type() == ref.Path; isPath && !absent && p.isThere(in) || !isPath && (kept || !in.IsFlake) {
		return // it works as it is
	}
	f := Finding{Span: referenceSpan(in.Syntax), Object: key(in.Path), Message: meantMessage(in, literal, why, absent, kept)}
	if !absent {
		f.Severity = Warning
	}
	if fixed != "" {
		f.Fixes = []Fix{p.setURL(in, fixed)}
	}
	p.Report(f)
}

// checkPlace finds paths at which there is no flake.
func (p *Pass) checkPlace(l *locking, in *workspace.Input) {
	edge := l.edgeOf(in)
	if l.places[edge] == "" {
		return
	}
	because := "flake.lock has no entry for it"
	if edge.kept {
		because = "Nix reads it again, as in flake.lock an input of it follows another"
	}
	p.Report(Finding{
		Span: referenceSpan(in.Syntax), Object: key(in.Path),
		Message: fmt.Sprintf("There is no flake.nix at %s, and %s.", quoted(ref.Redact(in.Reference.String())), because),
	})
}

// isThere says whether the path of an input is one that exists.
func (p *Pass) isThere(in *workspace.Input) bool {
	path := filepath.FromSlash(in.Reference.Path())
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.Flake.Dir, path)
	}
	return !p.isAbsent(path)
}

func meantMessage(in *workspace.Input, literal, why string, absent, kept bool) string {
	shown := quoted(ref.Redact(literal))
	if in.Reference.Type() != ref.Path {
		return fmt.Sprintf("%s is probably not what was meant: %s.", shown, why)
	}
	then := ""
	switch {
	case absent:
		then = ", and there is no flake.nix"
	case kept:
		then = ", which fails when the input is locked again"
	case !in.IsFlake:
		then = ", which fails when the input is used"
	}
	return fmt.Sprintf("Nix reads %s as a path relative to this flake%s: %s.", shown, then, why)
}

// faultWords says what is wrong in a reference, without the place, which the finding has.
func faultWords(fault *ref.Error) string {
	return "found " + fault.Found + ", expected " + fault.Expected
}

// checkRequirement warns of a URL of FlakeHub whose version is no requirement: the server refuses it.
func (p *Pass) checkRequirement(in *workspace.Input, literal string) {
	hub, ok := ref.ParseFlakeHub(literal)
	if !ok {
		return
	}
	_, err := version.ParseRequirement(hub.Requirement)
	var fault *version.Error
	if !errors.As(err, &fault) {
		return
	}
	span := hub.Span
	if span.In(literal) == hub.Requirement { // nothing is written with escapes
		span.Start += min(fault.Offset, max(0, len(hub.Requirement)-1))
	}
	p.Report(Finding{
		Severity: Warning, Span: within(in.Syntax.URL, p.Manifest.Text, span), Object: key(in.Path),
		Message: fmt.Sprintf("FlakeHub cannot read the version %s: %s.", quoted(hub.Requirement), fault.Error()),
	})
}

func (p *Pass) setURL(in *workspace.Input, url string) Fix {
	return p.rewriteFix("Write "+ref.Redact(url), false, func(m *parse.Manifest) (rewrite.Change, error) {
		return rewrite.SetURL(m, syntaxAt(m, in.Path), url)
	})
}

// checkFormals finds formals of outputs that Nix's strict reader refuses as references, declared or not.
func (p *Pass) checkFormals() {
	outputs := p.Manifest.OutputsFunction
	if outputs == nil || outputs.Formals == nil {
		return
	}
	for _, formal := range outputs.Formals.List {
		if ref.IsID(formal.Name) {
			continue
		}
		if _, err := ref.Parse(formal.Name); err != nil {
			p.Report(Finding{
				Span: formal.NameSpan, Object: formal.Name,
				Message: fmt.Sprintf("%s cannot be an argument of `outputs`: Nix reads each as a registry id, a letter, then letters, digits, `_` and `-`.", quoted(formal.Name)),
			})
		}
	}
}

// checkCircularCheckouts finds inputs that lead back to themselves through flakes of the workspace, no input on the way being locked: a lock
// would tell Nix where to stop. What it fetches may be other commits of them.
func (p *Pass) checkCircularCheckouts(l *locking) {
	left := maxSearched
	for _, edge := range l.root.inputs {
		if edge.kept || !written(edge.input) {
			continue
		}
		search := circleSearch{locking: *l, met: map[ref.Ref]int{}, left: &left}
		search.locking.overrides = maps.Clone(l.overrides) // those of the flakes on the way count too
		if !search.through(edge.lockEntry, edge.path) {
			continue
		}
		in := edge.input
		f := Finding{
			Severity: Warning, Span: referenceSpan(in.Syntax), Object: key(in.Path),
			Message: fmt.Sprintf("%s leads back to itself: %s is %s again, as the flakes of this workspace say, and no flake.lock on the way tells where to stop. Nix refuses such a circle.",
				quoted(key(in.Path)), quoted(key(search.back)), quoted(ref.Redact(search.again.String()))),
		}
		path, follow := search.back, key(search.back[:search.first])
		if search.own > 0 {
			path, follow = search.back[:search.own], ""
		}
		if !slices.ContainsFunc(path, func(name string) bool { return !ref.IsID(name) }) {
			title := fmt.Sprintf("Let %s follow %s", key(path), follow)
			if follow == "" {
				title = fmt.Sprintf("Let %s be this flake itself", key(path))
			}
			f.Fixes = []Fix{p.overrideFix(title, false, "", [][]string{path}, follow)}
		}
		p.Report(f)
	}
}

// circleSearch goes from an input through the flakes of the workspace.
type circleSearch struct {
	locking locking
	// met is, of a reference whose flake is on the way, the length of the path to it. Who comes to it another time goes through it again: what is
	// overridden on the way decides too.
	met map[ref.Ref]int
	// left is how many flakes may yet be gone through.
	left *int
	// back is the path at which the flake of a path on the way is met again, first the length of that one, and again its reference; own is
	// the length of the path on the way that is the judged flake, 0 where none is.
	back       []string
	first, own int
	again      ref.Ref
}

// maxSearched bounds how many flakes are gone through for one that is judged: Nix too goes through each as often as it is met, and of a hundred
// without a lock that have each other there is no end.
const maxSearched = 1000

// through says whether the flake of an entry of the tree, or one that it leads to, is met again.
func (c *circleSearch) through(e lockEntry, path []string) bool {
	if e.isFollow || e.reference.Type() == ref.Path {
		return false
	}
	if length, met := c.met[e.reference]; met {
		c.back, c.first, c.again = path, length, e.reference
		return true
	}
	if *c.left == 0 {
		return false
	}
	flake := c.locking.pass.Snapshot.FlakeBehind(e.of, e.input)
	if flake == nil || flake.LockPath != "" && flake.Lock == nil {
		return false
	}
	*c.left--
	c.met[e.reference] = len(path)
	inputs := slices.Clone(flake.Inputs)
	slices.SortStableFunc(inputs, func(a, b *workspace.Input) int { return strings.Compare(a.Name, b.Name) }) // as Nix goes
	for _, in := range inputs {
		c.locking.addOverrides(entryOf(in, flake, path), pathBelow(path, []string{in.Name}))
	}
	for _, in := range inputs {
		if flake.Lock != nil {
			if _, locked := flake.Lock.Root().Input(in.Name); locked {
				continue
			}
		}
		next, overridden := c.locking.overrideOf(path, in.Name)
		if !overridden {
			next = entryOf(in, flake, path)
		}
		if c.through(next, pathBelow(path, []string{in.Name})) {
			if flake.Dir == c.locking.flake.Dir {
				c.own = len(path)
			}
			return true
		}
	}
	delete(c.met, e.reference)
	return false
}

// checkCircularImports finds inputs whose flake leads back to itself.
func (p *Pass) checkCircularImports(l *locking) {
	for _, edge := range l.circular {
		in := l.blame(edge)
		f := Finding{
			Span: referenceSpan(in.Syntax), Object: key(in.Path),
			Message: fmt.Sprintf("%s leads back to itself: while Nix reads the flake %s, it would have to read it again.", quoted(key(in.Path)), quoted(ref.Redact(in.Reference.String()))),
		}
		if filepath.Join(p.Flake.Dir, filepath.FromSlash(in.Reference.Path())) == p.Flake.Dir {
			f.Message = fmt.Sprintf("%s is this flake itself, which Nix cannot import while it reads it; `follows = \"\"` means it.", quoted(key(in.Path)))
			f.Fixes = []Fix{p.rewriteFix("Follow this flake itself", false, func(m *parse.Manifest) (rewrite.Change, error) {
				return rewrite.Follow(m, syntaxAt(m, in.Path), "", rewrite.FollowOptions{})
			})}
		}
		p.Report(f)
	}
}
