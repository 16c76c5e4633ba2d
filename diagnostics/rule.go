package diagnostics

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Severity is the level of a finding, as in the LSP specification. Off is the level of a rule that does not run.
type Severity uint8

// The levels. Error means that Nix rejects the file; Hint carries a fix and no reproach.
const (
	Off         Severity = 0
	Error       Severity = 1
	Warning     Severity = 2
	Information Severity = 3
	Hint        Severity = 4
)

var severityNames = [...]string{"off", "error", "warning", "information", "hint"}

func (s Severity) String() string { return severityNames[s] }

// ParseSeverity reads a level as settings write it.
func ParseSeverity(name string) (Severity, error) {
	if i := slices.Index(severityNames[:], name); i >= 0 {
		return Severity(i), nil
	}
	return Off, fmt.Errorf("level %q, expected one of %s", name, strings.Join(severityNames[:], ", "))
}

// Stage is where a rule is in its life: a preview rule runs only where settings ask for previews, a deprecated one runs
// and says so when it is configured.
type Stage uint8

// The stages of a rule's life.
const (
	Stable Stage = iota
	Preview
	Deprecated
)

func (s Stage) String() string { return [...]string{"stable", "preview", "deprecated"}[s] }

// Needs is a set of what must be at hand for a rule to speak at all. The engine looks, so that no rule does.
type Needs uint8

// What a rule may need.
const (
	// NeedsCleanParse: the text has no syntax error. For rules about what is missing or unused.
	NeedsCleanParse Needs = 1 << iota
	// NeedsPins: something names a pins flake for this file (workspace.Pins with Called).
	NeedsPins
	// NeedsLock: there is a flake.lock that can be read, of a flake that is neither a template nor the like.
	NeedsLock
	// NeedsReadError: the file could not be read. Such a rule sees no other file, and no other rule sees such a file.
	NeedsReadError
)

// Rule is one rule. Rules are made by Register in a file of their own and never change.
type Rule struct {
	// Code is the rule's name in findings, settings and comments: lower-case words with hyphens that read well after "allow".
	Code string
	// Level is the level at which it speaks by default; a check may report a finding at a lower one.
	Level Severity
	Stage Stage
	// Since is the version of nix-pins-lsp that first had it.
	Since string
	Needs Needs
	// Kinds are the files that it judges; empty for flake.nix alone.
	Kinds []parse.FileKind
	// Files, where set, chooses the files by their path instead.
	Files func(path string) bool
	// ByHistory says that it judges by the history of pins, which each commit and each lock of pins changes for all leaves. Such rules run
	// after the others, and alone where nothing else has changed; so none of them silences another rule, or is silenced.
	ByHistory bool
	// Silences are the codes of rules that say nothing about a span of which this rule speaks: one fault, one finding.
	Silences []string
	// Yields says that it is silent about a file in which a rule for what Nix refuses found something: Nix stops there, and what this
	// rule speaks of comes later.
	Yields bool
	// MessageVaries says that its messages tell of what changes although nobody has touched the fault: what locks hold, how many days
	// have passed, what the registries of a machine say. What is known of such a finding is then known whatever the message.
	MessageVaries bool
	// Summary is one line, Doc the page in Markdown: what it does, why that is bad, how to mend it, when the fix is safe,
	// and references. Its examples are taken from the archive.
	Summary, Doc string
	// Check reports findings to the pass.
	Check func(*Pass)
}

// rules are all rules, sorted by their codes. They are written only while the package is initialised.
var rules []*Rule

func byCode(r *Rule, code string) int { return strings.Compare(r.Code, code) }

// Register adds a rule. It is called by the variable declaration of the rule's own file.
func Register(r Rule) *Rule {
	i, found := slices.BinarySearchFunc(rules, r.Code, byCode)
	if found {
		panic("two rules are called " + r.Code)
	}
	rules = slices.Insert(rules, i, &r)
	return &r
}

// Rules are all rules, sorted by their codes. The slice is not to be changed.
func Rules() []*Rule { return rules }

// byHistory are the rules that judge by the history of pins.
var byHistory = sync.OnceValue(func() []*Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return !r.ByHistory })
})

// refusing are the rules that speak of what Nix refuses.
var refusing = sync.OnceValue(func() []*Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return r.Level != Error })
})

// refuses says whether a finding says that Nix refuses the file: no setting has made it so.
func (f *Finding) refuses() bool { return f.Severity == Error && RuleOf(f.Code).Level == Error }

// Codes are the codes of all rules.
func Codes() []string {
	codes := make([]string, len(rules))
	for i, r := range rules {
		codes[i] = r.Code
	}
	return codes
}

// RuleOf finds a rule by its code, or gives nil.
func RuleOf(code string) *Rule {
	if i, found := slices.BinarySearchFunc(rules, code, byCode); found {
		return rules[i]
	}
	return nil
}
