package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/atomicfile"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

type fixFlags struct {
	diff, unsafe, adopt, lock bool
	only                      []string
}

func newFix() *cobra.Command {
	var flags fixFlags
	cmd := &cobra.Command{
		Use:   "fix [PATH…]",
		Short: "Make the edits that are safe",
		Long: `Make the edits that are safe: same source, ref, dir, flake and name, no live
override lost, no comment that says why not. What needs a choice is left for an editor.

A flake that has no pins input is such a choice: --adopt makes it for all of them. It
adds the input, and lets follow it what is safe; a flake with nothing to follow is left.

Where two fixes overlap the first in the file is made and the file is judged again,
until nothing is left to do. A file is written whole or not at all, and not if it has
changed meanwhile. Its flake.lock is left to you: --lock runs "nix flake lock" in each
flake that was changed. In one that has a changed flake by a relative path it runs
"nix flake update INPUT", as Nix does not look into that again by itself. What the new
locks show is mended too. Where Nix refuses, that flake is put back as it was, and the
others go on.`,
		Example: `  nix-pins-lsp fix --diff ~/src
  nix-pins-lsp fix --adopt --lock ~/src
  nix-pins-lsp fix --only raw-url --only dead-override ~/src/web`,
		RunE: func(cmd *cobra.Command, args []string) error { return fix(cmd, flags, args) },
	}
	cmd.Flags().BoolVar(&flags.diff, "diff", false, "print what would be written as a diff, and write nothing")
	cmd.Flags().StringSliceVar(&flags.only, "only", nil, "make the fixes of rule `CODE` alone (may be given again)")
	cmd.Flags().BoolVar(&flags.unsafe, "unsafe", false, "also make the preferred fix where it is a choice: look at the diff first")
	cmd.Flags().BoolVar(&flags.adopt, "adopt", false, "also give flakes that have no pins input one, and let follow it what is safe")
	cmd.Flags().BoolVar(&flags.lock, "lock", false, "run \"nix flake lock\" in each flake that was changed, and put it back where that fails")
	cmd.MarkFlagsMutuallyExclusive("diff", "lock")
	complete(cmd, "only", diagnostics.Codes()...)
	return cmd
}

// changedFile is a file before and after its fixes, and what these do.
type changedFile struct {
	path, before, after string
	// done are the titles of the fixes, each with the rule that it is of.
	done []string
}

func fix(cmd *cobra.Command, flags fixFlags, args []string) error {
	for _, code := range flags.only {
		if diagnostics.RuleOf(code) == nil {
			return unknownRule(code)
		}
	}
	if flags.adopt && len(flags.only) > 0 && !slices.ContainsFunc(flags.only, diagnostics.AdoptMends) {
		return errors.New("--adopt makes the fixes of raw-url and missing-pins-input, which --only leaves out")
	}
	f := &fixer{cmd: cmd, flags: flags, written: map[string]bool{}, refused: map[string]bool{}}
	for f.again() {
		sel, err := openSelection(cmd, args)
		if err != nil {
			return err
		}
		f.snapshot = sel.workspace.Snapshot()
		f.files = slices.DeleteFunc(sel.files(f.snapshot), func(path string) bool { return f.refused[path] })
		if err := f.round(); err != nil {
			return err
		}
	}
	verb := "Made"
	if flags.diff {
		verb = "Would make"
	}
	errs := cmd.ErrOrStderr()
	fmt.Fprintf(errs, "%s %s in %s.\n", verb, count(f.made, "fix", "fixes"), count(len(f.written), "file", "files"))
	if !flags.adopt && !flags.unsafe {
		printAdoptable(cmd.Context(), errs, f.snapshot, f.files)
	}
	return errors.Join(f.failed...)
}

// fixer is a run of fix.
type fixer struct {
	cmd   *cobra.Command
	flags fixFlags
	// snapshot and files are what is judged.
	snapshot *workspace.Snapshot
	files    []string
	// rounds is how often there was something to do; changed says whether the last time there was.
	rounds  int
	changed bool
	made    int
	written map[string]bool // paths
	// failed is what could not be done; refused the files that it is about.
	failed  []error
	refused map[string]bool
}

// maxLockRounds bounds how often new locks are looked at for what they show: the first lock of a leaf may show a second pins in it, and what
// follows that may show another duplicate.
const maxLockRounds = 5

// again says whether there is something to look at: at first, and after locks were written.
func (f *fixer) again() bool {
	return f.rounds == 0 || f.changed && f.flags.lock && f.rounds < maxLockRounds && f.cmd.Context().Err() == nil
}

// round makes what fixes there are now. The error is one after which nothing more can be done.
func (f *fixer) round() error {
	changes, made, refused, err := fixed(f.cmd.Context(), f.snapshot, f.files, f.flags)
	if err != nil {
		return err
	}
	f.rounds++
	f.changed = len(changes) > 0
	for _, path := range slices.Sorted(maps.Keys(refused)) {
		if f.refused[path] {
			continue // said before, of no file in particular
		}
		f.failed, f.refused[path] = append(f.failed, refused[path]), true
	}
	switch {
	case f.flags.diff:
		for _, c := range changes {
			name := fromHere(c.path)
			f.cmd.OutOrStdout().Write(diff.Diff("a/"+name, []byte(c.before), "b/"+name, []byte(c.after)))
			f.written[c.path] = true
		}
		f.made = made
	case f.flags.lock:
		f.lock(changes)
	default:
		for _, c := range changes {
			f.did(c, atomicfile.Replace(c.path, []byte(c.before), []byte(c.after)))
		}
	}
	return nil
}

// did notes what became of a file, and tells what was done.
func (f *fixer) did(c changedFile, err error) {
	if err != nil {
		f.failed, f.refused[c.path] = append(f.failed, err), true
		return
	}
	f.written[c.path] = true
	f.made += len(c.done)
	for _, done := range c.done {
		fmt.Fprintf(f.cmd.OutOrStdout(), "%s: %s\n", fromHere(c.path), done)
	}
}

// lock writes the files and locks their flakes. What fails does not hold up the rest, unless it is that a person has ended it.
func (f *fixer) lock(changes []changedFile) {
	failed := map[string]bool{} // folders of flakes that are as they were
	for _, l := range lockings(f.snapshot, changes) {
		if manifest := filepath.Join(l.dir, "flake.nix"); !l.without(failed) || l.change == nil && f.refused[manifest] {
			failed[l.dir] = true
			continue
		}
		if f.cmd.Context().Err() != nil {
			f.failed = append(f.failed, fmt.Errorf("stopped: %w", f.cmd.Context().Err()))
			return
		}
		progress := newProgress(f.cmd.ErrOrStderr())
		progress.show("locking %s", fromHere(l.dir))
		locked, err := l.do(f.cmd.Context())
		progress.done()
		switch {
		case l.change != nil:
			f.did(*l.change, err)
		case err != nil:
			f.failed, f.refused[filepath.Join(l.dir, "flake.nix")] = append(f.failed, err), true
		}
		failed[l.dir] = failed[l.dir] || err != nil
		if locked != "" {
			fmt.Fprintf(f.cmd.OutOrStdout(), "%s: %s\n", fromHere(filepath.Join(l.dir, "flake.lock")), locked)
		}
	}
}

// fixed finds out what the fixes that the flags choose make of the files, sorted by path, and how many fixes that are. What cannot be
// done to a file is in refused, by its path, and does not hold up the rest.
func fixed(ctx context.Context, s *workspace.Snapshot, files []string, flags fixFlags) (changes []changedFile, made int, refused map[string]error, err error) {
	before := s
	refused = map[string]error{}
	done := map[string][]string{}
	texts := map[string]string{}
	if flags.adopt {
		adopted := make([]*diagnostics.Adopted, len(files))
		failed := make([]error, len(files))
		err := workers.Each(ctx, len(files), func(i int) error {
			adopted[i], failed[i] = diagnostics.Adopt(ctx, before, files[i])
			return ctx.Err()
		})
		if err != nil {
			return nil, 0, nil, err
		}
		unsaid := 0
		for i, path := range files {
			if errors.Is(failed[i], diagnostics.ErrNoPinsReference) {
				unsaid++
			} else if failed[i] != nil {
				refused[path] = fmt.Errorf("%s: cannot add the input pins: %w", fromHere(path), failed[i])
			} else if a := adopted[i]; a != nil {
				texts[path] = a.Text
				done[path] = append(done[path], a.Title())
				made++
			}
		}
		s = s.WithTexts(texts)
		if unsaid > 0 {
			refused[""] = errors.New(withoutReference(unsaid)) // of all of them, not of each
		}
	}
	fixed, err := diagnostics.FixAll(ctx, s, files, func(f diagnostics.Finding, fix diagnostics.Fix) bool {
		return (len(flags.only) == 0 || slices.Contains(flags.only, f.Code)) && (flags.unsafe || fix.Safe()) // to know whether it is safe it is made
	})
	if err != nil {
		return nil, 0, nil, err
	}
	for _, e := range fixed.Endless {
		refused[e.Path] = fmt.Errorf("%s: %w", fromHere(e.Path), e)
	}
	maps.Copy(texts, fixed.Texts)
	for _, applied := range fixed.Applied {
		path := applied.Finding.Path
		done[path] = append(done[path], fmt.Sprintf("%s [%s]", applied.Fix.Title(), applied.Finding.Code))
		made++
	}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		file, err := before.File(path)
		if err != nil {
			return nil, 0, nil, err
		}
		changes = append(changes, changedFile{path, file.Text, texts[path], done[path]})
	}
	return changes, made, refused, nil
}

// printAdoptable says how many of the files are flakes to which --adopt would give a pins input. It says nothing of more files than a
// person reads of.
func printAdoptable(ctx context.Context, out io.Writer, s *workspace.Snapshot, files []string) {
	if len(files) > maxTextFixes {
		return
	}
	var flakes, inputs, unsaid atomic.Int64
	err := workers.Each(ctx, len(files), func(i int) error {
		switch a, err := diagnostics.Adopt(ctx, s, files[i]); {
		case errors.Is(err, diagnostics.ErrNoPinsReference):
			unsaid.Add(1)
		case err == nil && a != nil: // where it is another error, --adopt says why
			flakes.Add(1)
			inputs.Add(int64(len(a.Follows)))
		}
		return ctx.Err()
	})
	if err != nil {
		return // a person has ended it
	}
	if n := int(flakes.Load()); n > 0 {
		adds := "add it"
		if inputs := int(inputs.Load()); inputs > 0 { // where there is none they follow it already
			adds += " and let " + count(inputs, "input", "inputs") + " follow it"
		}
		fmt.Fprintf(out, "%s no input pins: `nix-pins-lsp fix --adopt --diff` shows what would %s.\n", count(n, "flake has", "flakes have"), adds)
	}
	if n := int(unsaid.Load()); n > 0 {
		fmt.Fprintln(out, withoutReference(n)+".")
	}
}

// withoutReference says why flakes cannot be given a pins input.
func withoutReference(flakes int) string {
	return fmt.Sprintf("%s no input pins, and %v", count(flakes, "flake has", "flakes have"), diagnostics.ErrNoPinsReference)
}
