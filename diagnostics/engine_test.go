package diagnostics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// withRules puts other rules in place of all, for one test.
func withRules(t *testing.T, replaced ...Rule) {
	t.Helper()
	saved := rules
	t.Cleanup(func() { rules = saved })
	rules = nil
	for _, r := range replaced {
		Register(r)
	}
}

// judge runs the rules that there are on the files of a workspace, and gives the findings of flake.nix and what was logged.
func judge(t *testing.T, files map[string]string) ([]Finding, string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var logged bytes.Buffer
	w := workspace.New(workspace.Options{Roots: []string{root}, Log: slog.New(slog.NewTextHandler(&logged, nil)), RuleCodes: Codes()})
	findings, err := Run(context.Background(), w.Snapshot(), filepath.Join(root, "flake.nix"))
	if err != nil {
		t.Fatal(err)
	}
	return findings, logged.String()
}

func codesOf(findings []Finding) string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code+" "+f.Severity.String())
	}
	return strings.Join(codes, ", ")
}

// everyInput reports each input by its name, at its place.
func everyInput(p *Pass) {
	for _, in := range p.Flake.Inputs {
		p.Report(Finding{Span: in.Syntax.Attr.Span(), Object: in.Name, Message: in.Name})
	}
}

const twoInputs = `{
  inputs.a.url = "github:o/a";
  inputs.b.url = "github:o/b";
  outputs = _: { };
}`

// Breaks when a setting, a comment or the stage of a rule does not decide whether, and how loud, it speaks.
func TestLevels(t *testing.T) {
	withRules(t,
		Rule{Code: "plain", Level: Warning, Check: everyInput},
		Rule{Code: "quiet", Level: Off, Check: everyInput},
		Rule{Code: "new", Level: Hint, Stage: Preview, Check: everyInput},
		Rule{Code: "old", Level: Hint, Stage: Deprecated, Check: everyInput},
	)
	for _, c := range []struct{ name, settings, flake, want string }{
		{"defaults", "", twoInputs, "old hint, plain warning, old hint, plain warning"},
		{"off and on", "rules = { plain = \"off\", old = \"off\", quiet = \"error\" }", twoInputs, "quiet error, quiet error"},
		{"previews", "preview = true\nrules = { plain = \"off\", old = \"off\" }", twoInputs, "new hint, new hint"},
		{"a preview by its name", "rules = { plain = \"off\", old = \"off\", new = \"information\" }", twoInputs, "new information, new information"},
		{"a comment above", "rules = { old = \"off\" }", strings.Replace(twoInputs, "  inputs.a", "  # nix-pins: allow plain\n  inputs.a", 1), "plain warning"},
		{"a comment behind", "rules = { old = \"off\" }", strings.Replace(twoInputs, "a\";", "a\"; # nix-pins: allow plain because of x", 1), "plain warning"},
		{"a comment for another rule", "rules = { old = \"off\" }", strings.Replace(twoInputs, "a\";", "a\"; # nix-pins: allow quiet", 1), "plain warning, plain warning"},
		{"a comment for another object", "rules = { old = \"off\" }", strings.Replace(twoInputs, "a\";", "a\"; # nix-pins: allow plain(b)", 1), "plain warning, plain warning"},
		{"a comment for one object of the file", "rules = { old = \"off\" }", "# nix-pins: allow-file plain(b)\n" + twoInputs, "plain warning"},
		{"a comment for the file", "rules = { old = \"off\" }", "# nix-pins: allow-file plain, old\n" + twoInputs, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, _ := judge(t, map[string]string{".nix-pins.toml": c.settings, "flake.nix": c.flake})
			if got := codesOf(findings); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Breaks when a rule is run on a text that lacks what it needs, or not run where it has all.
func TestNeeds(t *testing.T) {
	speak := func(p *Pass) { p.Report(Finding{Message: "here"}) }
	withRules(t,
		Rule{Code: "always", Level: Hint, Check: speak},
		Rule{Code: "clean", Level: Hint, Needs: NeedsCleanParse, Check: speak},
		Rule{Code: "lock", Level: Hint, Needs: NeedsLock, Check: speak},
		Rule{Code: "pins", Level: Hint, Needs: NeedsPins, Check: speak},
		Rule{Code: "unread", Level: Hint, Needs: NeedsReadError, Check: speak},
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing but a text", map[string]string{"flake.nix": twoInputs}, "always hint, clean hint"},
		{"a broken text", map[string]string{"flake.nix": twoInputs + "}"}, "always hint"},
		{"a lock", map[string]string{"flake.nix": twoInputs, "flake.lock": `{"nodes":{"root":{}},"root":"root","version":7}`}, "always hint, clean hint, lock hint"},
		{"pins", map[string]string{"flake.nix": strings.Replace(twoInputs, "inputs.a.", "inputs.pins.", 1)}, "always hint, clean hint, pins hint"},
		{"no file", nil, "unread hint"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, _ := judge(t, c.files)
			if got := codesOf(findings); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Breaks when one fault has two findings although a rule says that it silences the other, or when another fault is silenced.
func TestSilences(t *testing.T) {
	at := func(start, end int) func(*Pass) {
		return func(p *Pass) { p.Report(Finding{Span: text.Span{Start: start, End: end}, Message: "here"}) }
	}
	withRules(t,
		Rule{Code: "loud", Level: Warning, Silences: []string{"soft"}, Check: at(10, 20)},
		Rule{Code: "other", Level: Hint, Check: at(10, 20)},
		Rule{Code: "soft", Level: Hint, Check: func(p *Pass) { at(12, 14)(p); at(30, 40)(p) }},
	)
	findings, _ := judge(t, map[string]string{"flake.nix": twoInputs})
	if got, want := codesOf(findings), "loud warning, other hint, soft hint"; got != want || findings[2].Span.Start != 30 {
		t.Errorf("got %q, want %q with the second place of soft", got, want)
	}
}

// Breaks when a rule that yields speaks of a file that Nix refuses, or is silent because of a fault that is none to Nix.
func TestYields(t *testing.T) {
	soft := Rule{Code: "soft", Level: Information, Yields: true, Check: everyInput}
	milder := func(p *Pass) { p.Report(Finding{Severity: Warning, Message: "here"}) }
	for want, other := range map[string]Rule{
		"other error, other error":                                   {Code: "other", Level: Error, Check: everyInput},
		"other warning, soft information, soft information":          {Code: "other", Level: Error, Check: milder},
		"other hint, other hint, soft information, soft information": {Code: "other", Level: Hint, Check: everyInput},
	} {
		withRules(t, other, soft)
		findings, _ := judge(t, map[string]string{"flake.nix": twoInputs})
		codes := strings.Split(codesOf(findings), ", ")
		slices.Sort(codes)
		if got := strings.Join(codes, ", "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Breaks when what is kept of a file holds its manifest by a fix, or its text by the paths that settle what replaces what: ten thousand
// leaves are kept.
func TestWhatIsKeptHoldsNoText(t *testing.T) {
	withRules(t, Rule{Code: "said", Level: Warning, Check: func(p *Pass) {
		for _, in := range p.Flake.Inputs {
			fix := p.rewriteFix("t", true)
			p.Report(Finding{Span: in.Syntax.Attr.Span(), Object: in.Name, Message: "said", Fixes: []Fix{fix}, replaces: []string{"no", "such"}, about: in.Path})
		}
	}})
	root := t.TempDir()
	path := filepath.Join(root, "flake.nix")
	if err := os.WriteFile(path, []byte(twoInputs), 0o644); err != nil {
		t.Fatal(err)
	}
	w := workspace.New(workspace.Options{Roots: []string{root}, RuleCodes: Codes()})
	var kept Kept
	findings, err := kept.Run(context.Background(), w.Snapshot(), path)
	if err != nil || len(findings) != 2 {
		t.Fatalf("%v, %v", findings, err)
	}
	for _, f := range findings {
		if f.Fixes != nil || f.replaces != nil || f.about != nil {
			t.Errorf("kept: %d fixes, %v, %v", len(f.Fixes), f.replaces, f.about)
		}
	}
}

// Breaks when a rule that panics takes other rules with it, leaves half of its findings, or goes unnoticed.
func TestPanickingRule(t *testing.T) {
	withRules(t,
		Rule{Code: "bad", Level: Hint, Check: func(p *Pass) { everyInput(p); panic("a defect") }},
		Rule{Code: "good", Level: Hint, Check: everyInput},
	)
	findings, logged := judge(t, map[string]string{"flake.nix": twoInputs})
	if got := codesOf(findings); got != "good hint, good hint" {
		t.Errorf("got %q", got)
	}
	if !strings.Contains(logged, "a defect") || !strings.Contains(logged, "rule=bad") {
		t.Errorf("the log says %q", logged)
	}
}

// Breaks when a run that was overtaken goes on.
func TestCancelledRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	withRules(t,
		Rule{Code: "first", Level: Hint, Check: func(*Pass) { cancel() }},
		Rule{Code: "second", Level: Hint, Check: func(*Pass) { t.Error("the second rule was run") }},
	)
	w := workspace.New(workspace.Options{})
	s := w.Open("/nowhere/flake.nix", 1, twoInputs)
	if _, err := Run(ctx, s, "/nowhere/flake.nix"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := RunAll(ctx, s, []string{"/nowhere/flake.nix"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error of all %v", err)
	}
}

// renames gives a rule that turns one letter into another, wherever it stands in the name of an input.
func renames(code, from, to string) Rule {
	return Rule{Code: code, Level: Hint, Check: func(p *Pass) {
		for _, in := range p.Flake.Inputs {
			if in.Name != from {
				continue
			}
			span := in.Syntax.Attr.Span()
			p.Report(Finding{Span: span, Message: from, Fixes: []Fix{NewFix(func() Made {
				return Made{Title: "Rename", Safe: true, Edits: []FileEdit{{p.Path, []text.Edit{{Span: span, New: to}}}}}
			})}})
		}
	}}
}

// Breaks when fixes that make room for each other are not all made, when of two that overlap both are, or when two that undo
// each other go on for ever.
func TestFixAll(t *testing.T) {
	choose := func(_ Finding, fix Fix) bool { return fix.Safe() }
	const path = "/nowhere/flake.nix"
	s := workspace.New(workspace.Options{}).Open(path, 1, twoInputs)

	withRules(t, renames("a-c", "a", "c"), renames("a-d", "a", "d"), renames("b-e", "b", "e"), renames("c-f", "c", "f"))
	fixed, err := FixAll(context.Background(), s, []string{path}, choose)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.NewReplacer("inputs.a", "inputs.f", "inputs.b", "inputs.e").Replace(twoInputs); fixed.Texts[path] != want || fixed.Rounds != 2 || len(fixed.Applied) != 3 {
		t.Errorf("%d rounds, %d fixes:\n%s", fixed.Rounds, len(fixed.Applied), fixed.Texts[path])
	}

	withRules(t, renames("a-c", "a", "c"), renames("c-a", "c", "a"))
	const other = "/elsewhere/flake.nix"
	withRules(t, renames("a-c", "a", "c"), renames("c-a", "c", "a"), renames("x-y", "x", "y"))
	both := s.WithText(other, strings.Replace(twoInputs, "inputs.a", "inputs.x", 1))
	fixed, err = FixAll(context.Background(), both, []string{path, other}, choose)
	if err != nil {
		t.Fatal(err)
	}
	const endless = "the fixes of `a-c` and `c-a` do not come to an end, so none of them is made: `Rename` is one that is offered again and again"
	if len(fixed.Texts) != 1 || fixed.Texts[other] == "" || len(fixed.Applied) != 1 || len(fixed.Endless) != 1 || fixed.Endless[0].Path != path || fixed.Err().Error() != endless {
		t.Errorf("two rules that undo each other in one of two files: %v, %v, %v", fixed.Texts, fixed.Applied, fixed.Err())
	}
	if fixed, err = FixAll(context.Background(), s, nil, choose); err != nil || fixed.Err() != nil {
		t.Errorf("no file: %v, %v", err, fixed.Err())
	}

	// Many edits that have one place are made one after the other.
	withRules(t, Rule{Code: "dots", Level: Hint, Check: func(p *Pass) {
		for n := strings.Count(p.File.Text, "#"); n < 30; n++ {
			p.Report(Finding{Message: strings.Repeat("x", n), Fixes: []Fix{NewFix(func() Made {
				return Made{Title: "Dot", Safe: true, Edits: []FileEdit{{p.Path, []text.Edit{{Span: text.Span{Start: len(p.File.Text), End: len(p.File.Text)}, New: "#"}}}}}
			})}})
		}
	}})
	if fixed, err = FixAll(context.Background(), s, []string{path}, choose); err != nil || fixed.Err() != nil || fixed.Texts[path] != twoInputs+strings.Repeat("#", 30) {
		t.Errorf("edits with one place: %v, %v, %q", err, fixed.Err(), fixed.Texts[path])
	}

	withRules(t, Rule{Code: "refused", Level: Hint, Check: func(p *Pass) {
		p.Report(Finding{Message: "x", Fixes: []Fix{NewFix(func() Made { return Made{Title: "No", Safe: true, Refused: errors.New("cannot")} })}})
	}})
	if fixed, err := FixAll(context.Background(), s, []string{path}, choose); err != nil || len(fixed.Texts) > 0 {
		t.Errorf("a refused fix: %v, %v", fixed, err)
	}
}

// Breaks when a file is not judged again after another one, which a rule or a fix has read, was changed by its own fixes.
func TestFixAllFollowsWhatWasRead(t *testing.T) {
	const path, third, other = "/nowhere/flake.nix", "/there/flake.nix", "/elsewhere/flake.nix"
	s := workspace.New(workspace.Options{}).Open(path, 1, twoInputs).WithText(third, twoInputs).WithText(other, strings.Replace(twoInputs, "inputs.a", "inputs.x", 1))
	isReady := func(p *Pass) bool {
		file, err := p.Snapshot.File(other)
		return err == nil && strings.Contains(file.Text, "inputs.y")
	}
	mend := func(p *Pass, from string) Made {
		at := strings.Index(p.File.Text, "inputs."+from)
		return Made{Title: "Rename", Safe: true, Edits: []FileEdit{{p.Path, []text.Edit{{Span: text.Span{Start: at, End: at + len("inputs.a")}, New: "inputs." + from + "1"}}}}}
	}
	found := func(p *Pass, from string) bool { return strings.Contains(p.File.Text, "inputs."+from+".") }
	withRules(t, renames("x-y", "x", "y"),
		Rule{Code: "rule-reads", Level: Hint, Check: func(p *Pass) {
			if p.Path == path && found(p, "a") && isReady(p) {
				p.Report(Finding{Message: "x", Fixes: []Fix{NewFix(func() Made { return mend(p, "a") })}})
			}
		}},
		Rule{Code: "fix-reads", Level: Hint, Check: func(p *Pass) {
			if p.Path == third && found(p, "b") {
				p.Report(Finding{Message: "x", Fixes: []Fix{NewFix(func() Made {
					if !isReady(p) {
						return Made{Title: "Rename", Refused: errors.New("not yet")}
					}
					return mend(p, "b")
				})}})
			}
		}})
	for _, paths := range [][]string{{path, third, other}, {other, third, path}} {
		fixed, err := FixAll(context.Background(), s, paths, func(_ Finding, fix Fix) bool { return fix.Safe() })
		if err != nil || fixed.Err() != nil {
			t.Fatal(err, fixed.Err())
		}
		for path, name := range map[string]string{path: "inputs.a", third: "inputs.b"} {
			if want := strings.Replace(twoInputs, name, name+"1", 1); fixed.Texts[path] != want {
				t.Errorf("%v gives %q, want %q", paths, fixed.Texts[path], want)
			}
		}
	}
}

// Breaks when fix-all makes what is a choice only to learn that it is one, makes it all the same, or when nobody else can have it.
func TestChoice(t *testing.T) {
	const path = "/nowhere/flake.nix"
	s := workspace.New(workspace.Options{}).Open(path, 1, twoInputs)
	made := 0
	withRules(t, Rule{Code: "choice", Level: Hint, Check: func(p *Pass) {
		p.Report(Finding{Message: "x", Fixes: []Fix{NewChoice(func() Made {
			made++
			return Made{Title: "Empty it", Safe: true, Edits: []FileEdit{{p.Path, []text.Edit{{Span: text.Span{End: len(p.File.Text)}}}}}}
		})}})
	}})
	fixed, err := FixAll(context.Background(), s, []string{path}, func(_ Finding, fix Fix) bool { return fix.Safe() })
	if err != nil || len(fixed.Texts) > 0 || made > 0 {
		t.Errorf("it is made %d times: %v, %v", made, fixed.Texts, err)
	}
	findings, err := Run(context.Background(), s, path)
	if err != nil || len(findings) != 1 {
		t.Fatalf("%v, %v", findings, err)
	}
	if edits, err := findings[0].Fixes[0].Edits(); err != nil || len(edits) != 1 || findings[0].Fixes[0].Title() != "Empty it" || made != 1 {
		t.Errorf("who chooses it gets %v, %v; it is made %d times", edits, err, made)
	}
}

// Breaks when the name of a finding depends on where in the file it stands, or two findings share one.
func TestFingerprints(t *testing.T) {
	a := Finding{Code: "x", Path: "/r/a/flake.nix", Message: "m", Object: "o", Span: text.Span{Start: 5, End: 6}}
	moved, twin, other := a, a, a
	moved.Span = text.Span{Start: 50, End: 60}
	other.Object = "p"
	if Fingerprint("/r", a, 0) != Fingerprint("/r", moved, 0) {
		t.Error("moving a finding renames it")
	}
	names := Fingerprints("/r", []Finding{a, twin, other})
	if slices.Sort(names); len(slices.Compact(names)) != 3 {
		t.Errorf("names %v", names)
	}
	var file bytes.Buffer
	if err := WriteBaseline(&file, "/r", []Finding{a}); err != nil {
		t.Fatal(err)
	}
	known, err := ReadBaseline(&file)
	if err != nil {
		t.Fatal(err)
	}
	if fresh := known.New("/r", []Finding{moved, other}); len(fresh) != 1 || fresh[0].Object != "p" {
		t.Errorf("new findings %v", fresh)
	}
	for _, bad := range []string{"", "{}", `{"version":2}`, `{"version":1,"more":1}`} {
		if _, err := ReadBaseline(strings.NewReader(bad)); err == nil {
			t.Errorf("baseline %q gave no error", bad)
		}
	}
}

// Breaks when another rule comes to judge a flake.lock: Run does not look at one in which nothing is wrong.
func TestOnlyOneRuleJudgesLocks(t *testing.T) {
	for _, rule := range Rules() {
		if rule.judges(parse.Other, "/x/flake.lock") && rule.Needs&NeedsReadError == 0 && rule.Code != "invalid-lock" {
			t.Errorf("%s judges locks", rule.Code)
		}
	}
}

// Breaks when a rule that is run alone has to do with another one: what the other says then is not settled again.
func TestRulesByHistoryStandAlone(t *testing.T) {
	alone := 0
	for _, rule := range Rules() {
		if rule.ByHistory {
			alone++
		}
		if rule.ByHistory && len(rule.Silences) > 0 {
			t.Errorf("%s silences others", rule.Code)
		}
		for _, code := range rule.Silences {
			if RuleOf(code).ByHistory {
				t.Errorf("%s silences %s", rule.Code, code)
			}
		}
	}
	if alone == 0 {
		t.Error("no rule judges by history")
	}
}
