package ide_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

func actionsOf(t testing.TB, s scene) []ide.Action {
	t.Helper()
	findings, err := diagnostics.Run(context.Background(), s.Snapshot(), s.path)
	if err != nil {
		t.Fatal(err)
	}
	of := func(wanted func(kind string) bool) []ide.Action {
		return ide.Actions(context.Background(), s.Snapshot(), s.path, text.Span{Start: s.start, End: s.end}, findings, wanted)
	}
	all := of(func(string) bool { return true })
	// Who wants one kind gets of it what who wants all gets.
	for _, kind := range []string{ide.QuickFix, ide.FixAll, ide.Rewrite} {
		var got, want []string
		for _, a := range of(func(k string) bool { return k == kind }) {
			got = append(got, a.Kind+" "+a.Title)
		}
		for _, a := range all {
			if a.Kind == kind {
				want = append(want, a.Kind+" "+a.Title)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("who wants %s is offered %q, who wants all %q", kind, got, want)
		}
	}
	return all
}

// changed is a text after an action.
type changed struct{ action, path, before, after string }

func apply(t testing.TB, s scene, action ide.Action) []changed {
	t.Helper()
	files, err := action.Edits()
	if err != nil {
		t.Errorf("%s is offered and then refused: %v", action.Title, err)
	}
	var list []changed
	for _, f := range files {
		file, err := s.Snapshot().File(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		after, err := text.Apply(file.Text, f.Edits)
		if err != nil {
			t.Fatalf("%s: %v", action.Title, err)
		}
		if after == file.Text {
			t.Errorf("%s changes nothing", action.Title)
		}
		list = append(list, changed{action.Title, f.Path, file.Text, after})
	}
	return list
}

// inputs is what a flake.nix declares, by our own reading.
func inputs(t testing.TB, source string) json.RawMessage {
	t.Helper()
	content, err := parse.Parse(parse.Flake, source).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Inputs json.RawMessage }
	var compact bytes.Buffer
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&compact, m.Inputs); err != nil {
		t.Fatal(err)
	}
	return compact.Bytes()
}

// Breaks when an action is missing, has another title, kind or reason, or does something else than its archive shows; when
// what stood in the way of a finding is still there after its comment.
func TestActions(t *testing.T) {
	run(t, "actions", func(t *testing.T, a *archive, c *archiveCase) string {
		s := lay(t, a.shared, c.files)
		var b strings.Builder
		preferred := 0
		all := actionsOf(t, s)
		for _, action := range all {
			mark := ""
			if action.Preferred {
				mark = "*"
				preferred++
			}
			fmt.Fprintf(&b, "%s%s  %s\n", action.Kind, mark, action.Title)
			if action.Disabled != "" {
				if action.Kind == ide.QuickFix && mendsSome(all, action.Findings[0]) {
					t.Errorf("the quick fix %s is disabled instead of left out: another one mends as much", action.Title)
				}
				fmt.Fprintf(&b, "    disabled: %s\n", action.Disabled)
				continue
			}
			for _, change := range apply(t, s, action) {
				b.WriteString(difference(change.before, change.after))
				if before, after := inputs(t, change.before), inputs(t, change.after); !bytes.Equal(before, after) {
					fmt.Fprintf(&b, "    inputs: %s\n", after)
				}
			}
		}
		if preferred > 1 {
			t.Errorf("%d actions are preferred", preferred)
		}
		if b.Len() == 0 {
			b.WriteString("none\n")
		}
		return b.String()
	})
}

// mendsSome says whether one of the quick fixes can be made and mends a finding, other than by a comment that allows it.
func mendsSome(all []ide.Action, f diagnostics.Finding) bool {
	return slices.ContainsFunc(all, func(a ide.Action) bool {
		return a.Kind == ide.QuickFix && a.Disabled == "" && !strings.HasPrefix(a.Title, "Allow ") &&
			slices.ContainsFunc(a.Findings, func(g diagnostics.Finding) bool { return g.Code == f.Code && g.Span == f.Span })
	})
}

// Breaks when the comment that allows a finding does not, or when it changes what the flake says.
func TestAllowedFindingsAreSilent(t *testing.T) {
	count := 0
	for _, a := range readArchives(t, "actions") {
		for _, c := range a.cases {
			s := lay(t, a.shared, c.files)
			for _, action := range actionsOf(t, s) {
				if !strings.HasPrefix(action.Title, "Allow ") {
					continue
				}
				count++
				change := apply(t, s, action)[0]
				if !bytes.Equal(inputs(t, change.before), inputs(t, change.after)) {
					t.Errorf("%s: the inputs are others: %s", action.Title, change.after)
				}
				after := s.Snapshot().WithText(s.path, change.after)
				findings, err := diagnostics.Run(context.Background(), after, s.path)
				if err != nil {
					t.Fatal(err)
				}
				allowed := action.Findings[0]
				for _, f := range findings {
					if f.Code == allowed.Code && f.Object == allowed.Object && f.Message == allowed.Message {
						t.Errorf("%s, %s: %s is still found in\n%s", a.path, c.title, f.Code, change.after)
					}
				}
			}
		}
	}
	if count == 0 {
		t.Error("no archive shows a comment")
	}
}

// Breaks when real Nix reads other inputs out of a flake after an action than we do, or refuses it.
func TestActionsInNix(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	var files []string
	var changes []changed
	for _, a := range readArchives(t, "actions") {
		for _, c := range a.cases {
			s := lay(t, a.shared, c.files)
			for _, action := range actionsOf(t, s) {
				if action.Disabled != "" {
					continue
				}
				for _, change := range apply(t, s, action) {
					path := filepath.Join(dir, fmt.Sprintf("%d.nix", len(files)))
					if err := os.WriteFile(path, []byte(change.after), 0o644); err != nil {
						t.Fatal(err)
					}
					files, changes = append(files, path), append(changes, change)
				}
			}
		}
	}
	for i, answer := range nix.Inputs(t, files) {
		if answer.Err != nil {
			t.Errorf("%s: Nix refuses the result: %v\n%s", changes[i].action, answer.Err, changes[i].after)
			continue
		}
		var want, got any
		if err := json.Unmarshal(answer.JSON, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(inputs(t, changes[i].after), &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s: Nix reads %s, we read %s", changes[i].action, answer.JSON, inputs(t, changes[i].after))
		}
	}
	if len(files) < 20 {
		t.Errorf("only %d results were judged", len(files))
	}
}
