package ide

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// PrepareRename says whether the input that a byte offset of a file names can have another name: where the name stands, and what
// it is. ok is false where no input stands there; the error says why one that does cannot be renamed.
func PrepareRename(s *workspace.Snapshot, path string, offset int) (at text.Span, name string, ok bool, err error) {
	r, err := newRenaming(s, path, offset)
	if r == nil || err != nil {
		return at, "", false, err
	}
	return r.at, r.name, true, nil
}

// Rename gives an input another name at all places that Usages gives, in every flake of the workspace that names it. The error says
// why not: then nothing is to be edited. A *workspace.FileError is of a file that is needed and cannot be read.
func Rename(ctx context.Context, s *workspace.Snapshot, path string, offset int, name string) ([]diagnostics.FileEdit, error) {
	r, err := newRenaming(s, path, offset)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, errors.New("no input is named here")
	case name == r.name:
		return nil, nil
	}
	r.ctx, r.new = ctx, name
	if err := r.here(); err != nil {
		return nil, err
	}
	if err := r.elsewhere(); err != nil {
		return nil, err
	}
	return r.files, nil
}

// renaming is one input that gets another name.
type renaming struct {
	*request
	named
	ctx context.Context
	// at is the place that was asked for.
	at    text.Span
	new   string
	files []diagnostics.FileEdit
}

// newRenaming finds the input at an offset; nil where there is none.
func newRenaming(s *workspace.Snapshot, path string, offset int) (*renaming, error) {
	switch {
	case isLock(path):
		return nil, errors.New("flake.lock is written by Nix: rename the input in flake.nix, which renames it here too")
	case parse.KindOf(path) == parse.Mana || parse.KindOf(path) == parse.Entrypoint:
		return nil, errors.New("the dependencies of mana cannot be renamed: only their projects know who uses them by name")
	}
	r, wanted, at := usedAt(s, path, offset)
	if r == nil || !at.Touches(offset) {
		return nil, nil
	}
	if strings.HasPrefix(at.In(r.source), `"`) && at.Len() > 1 {
		at = text.Span{Start: at.Start + 1, End: at.End - 1}
	}
	n, ok := r.declaredBy(wanted)
	last := len(wanted) - 1
	switch {
	case !ok && last == 0:
		return nil, fmt.Errorf("%s is no input of this flake", wanted[0])
	case !ok:
		return nil, fmt.Errorf("%s is an input of %s, which is not in the workspace: it gets its name there", wanted[last], strings.Join(wanted[:last], "/"))
	case n.input() == nil:
		return nil, fmt.Errorf("%s has no input %s", r.nameOf(n.flake.File.Path), n.name)
	case n.input().Syntax == nil:
		return nil, fmt.Errorf("%s is declared nowhere, so that Nix asks the registry for its name: declare it first", n.name)
	case s.RootOf(n.flake.File.Path) == "":
		return nil, fmt.Errorf("%s is declared in %s, outside of the workspace", n.name, n.flake.File.Path)
	}
	return &renaming{request: r, named: n, at: at}, nil
}

// here renames the input in the flake that declares it, and in the files that this one hands its inputs to.
func (r *renaming) here() error {
	change, err := rewrite.Rename(r.named.flake.Manifest, r.input().Syntax, r.new, rewrite.Elsewhere{Searched: true})
	if err := r.edit(&r.files, r.named.flake.File, change, err); err != nil {
		return err
	}
	hands, _ := handedOn(r.named.flake)
	files, handed, err := r.companions(r.named.flake, r.name, hands)
	if err != nil {
		return err
	}
	for _, file := range files {
		change, err := rewrite.RenameInFile(file.Text, r.name, r.new, handed)
		if err := r.edit(&r.files, file, change, err); err != nil {
			return err
		}
	}
	if err := r.nowhereAbove(handed); err != nil {
		return err
	}
	return r.locked()
}

// locked renames it in the flake.lock of the flake that declares it: Nix would take the new name for a new input, and lock it anew.
func (r *renaming) locked() error {
	path := r.named.flake.LockPath
	if path == "" {
		return nil
	}
	file, err := r.snapshot.File(path)
	if err != nil {
		return err
	}
	if edits := lock.RenameInput(file.Text, r.name, r.new); len(edits) > 0 {
		r.files = append(r.files, diagnostics.FileEdit{Path: path, Edits: edits})
	}
	return nil
}

// nowhereAbove refuses where a file of the same repository, outside of the folder of the declaring flake and of that of any other, takes
// the input: it may be imported from there, or have nothing to do with it.
func (r *renaming) nowhereAbove(handed rewrite.Handed) error {
	flake := r.named.flake
	if hands, _ := handedOn(flake); !hands {
		return nil
	}
	files, _ := r.snapshot.SiblingFiles(flake)
	owned := map[string]bool{}
	for _, file := range files {
		if parse.KindOf(file.Path) == parse.Flake {
			owned[filepath.Dir(file.Path)] = true
		}
	}
	for _, file := range files {
		if within(flake.Dir, file.Path) || !strings.Contains(file.Text, r.name) || ownedAbove(owned, file.Path) {
			continue
		}
		if uses := handed.Uses(parse.UsesInFile(file.Text), r.name); len(uses) > 0 {
			at := workspace.Location{Path: file.Path, Span: uses[0].Span}
			return fmt.Errorf("%s: %s is taken from inputs, outside of the folder of the flake", r.placeOf(at), r.name)
		}
	}
	return nil
}

func ownedAbove(owned map[string]bool, path string) bool {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if owned[dir] {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// elsewhere renames it in the flakes that have the declaring one as an input, several at a time.
func (r *renaming) elsewhere() error {
	consumers := r.consumers(r.named)
	if len(consumers) > 0 || r.snapshot.IsPins(r.named.flake) {
		if err := r.allReadable(); err != nil {
			return err
		}
	}
	_, loose := handedOn(r.named.flake)
	files, errs := make([][]diagnostics.FileEdit, len(consumers)), make([]error, len(consumers))
	err := workers.Each(r.ctx, len(consumers), func(i int) error {
		files[i], errs[i] = r.inConsumer(consumers[i], loose)
		return nil // of several errors the first in the order of the flakes is told
	})
	if err != nil {
		return err
	}
	for i, err := range errs {
		if err != nil {
			return err
		}
		r.files = append(r.files, files[i]...)
	}
	return nil
}

// inConsumer renames it in one flake that may have the declaring one as an input, and in the files that this one hands its inputs to.
// loose is what handedOn says of the declaring one.
func (r *renaming) inConsumer(c consumer, loose bool) (files []diagnostics.FileEdit, err error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	file, err := r.snapshot.File(c.path())
	if err != nil {
		return nil, err
	}
	says := c.names || strings.Contains(file.Text, r.name)
	if !says && !mentionsInputs(file.Manifest()) && !mentionsFiles(file.Manifest()) {
		return nil, nil
	}
	in := r.requestOf(c.dir)
	if in == nil {
		return nil, fmt.Errorf("%s cannot be read", r.nameOf(c.path()))
	}
	renaming := rewrite.Renaming{Old: r.name, New: r.new, Leads: in.leadsTo(r.named), Outputs: loose}
	if uses := in.flake.Manifest.Uses(); uses != nil {
		renaming.Whole, renaming.Set = renaming.HandsOn(file.Text, uses)
	}
	if says {
		change, err := rewrite.RenameBelow(in.flake.Manifest, renaming)
		if err := r.edit(&files, in.file, change, err); err != nil {
			return nil, err
		}
	}
	if !mentionsInputs(in.flake.Manifest) && !renaming.Whole && !renaming.Set {
		return files, nil
	}
	companions, handed, err := in.companions(in.flake, r.name, handsSet(in.flake) || renaming.Whole || renaming.Set)
	if err != nil {
		return nil, err
	}
	renaming.Inputs = handed.Inputs
	for _, file := range companions {
		whole, set := renaming.HandsOn(file.Text, parse.UsesInFile(file.Text))
		renaming.Whole, renaming.Set = renaming.Whole || whole, renaming.Set || set
	}
	for _, file := range companions {
		change, err := rewrite.RenameNestedInFile(file.Text, renaming)
		if err := r.edit(&files, file, change, err); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// mentionsInputs says whether the body of outputs may hand its inputs on: it has a name for the set.
func mentionsInputs(m *parse.Manifest) bool {
	f := m.OutputsFunction
	if f == nil {
		return false
	}
	body := f.Body.In(m.Text)
	return strings.Contains(body, "inputs") || f.Argument != nil && strings.Contains(body, f.Argument.Text)
}

// mentionsFiles says whether outputs names a file beside it, to which it may hand an input.
func mentionsFiles(m *parse.Manifest) bool {
	return m.OutputsFunction != nil && strings.Contains(m.OutputsFunction.Body.In(m.Text), "./")
}

// edit adds the edits of one file to others. An error of a rewrite gets the place that it is of.
func (r *renaming) edit(files *[]diagnostics.FileEdit, file *workspace.File, change rewrite.Change, err error) error {
	var refusal *rewrite.Refusal
	switch {
	case errors.As(err, &refusal):
		return fmt.Errorf("%s: %s", r.placeOf(workspace.Location{Path: file.Path, Span: refusal.Span}), refusal.Reason)
	case err != nil:
		return fmt.Errorf("%s: %w", r.nameOf(file.Path), err)
	case len(change.Edits) > 0:
		*files = append(*files, diagnostics.FileEdit{Path: file.Path, Edits: change.Edits})
	}
	return nil
}

// allReadable refuses where a flake of the workspace cannot be read: it may name the input.
func (r *renaming) allReadable() error {
	read := map[string]bool{}
	for summary := range r.snapshot.Flakes() {
		read[summary.Dir] = true
	}
	for path := range r.snapshot.Judged() {
		if parse.KindOf(path) != parse.Flake || read[filepath.Dir(path)] {
			continue
		}
		if _, err := r.snapshot.File(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("a flake that may name %s cannot be read: %w", r.name, err)
		}
	}
	return nil
}

// companions are the other .nix files of a flake that may know an input by its name, with what is known of how: those below its
// folder that are not another flake's with an input of that name. There are none where outputs hands nothing on from which one gets to the
// input; hands says that it does.
func (r *request) companions(flake *workspace.Flake, name string, hands bool) (files []*workspace.File, handed rewrite.Handed, err error) {
	if !hands {
		return nil, handed, nil
	}
	_, loose := handedOn(flake)
	all, complete := r.snapshot.SiblingFiles(flake)
	if !complete {
		return nil, handed, fmt.Errorf("%s hands its inputs on, and not every .nix file below its folder can be read", r.nameOf(flake.File.Path))
	}
	handed.Loose = loose
	for _, in := range flake.Inputs {
		handed.Inputs = append(handed.Inputs, in.Name)
	}
	nested := map[string]bool{}
	for _, file := range all {
		if parse.KindOf(file.Path) == parse.Flake {
			nested[filepath.Dir(file.Path)] = r.snapshot.SummaryOf(filepath.Dir(file.Path)).Has(name)
		}
	}
	for _, file := range all {
		if !within(flake.Dir, file.Path) || parse.KindOf(file.Path) == parse.Flake || foreign(nested, flake.Dir, file.Path) {
			continue
		}
		if strings.Contains(file.Text, "inputs") {
			_, more := rewrite.HandedOn(file.Text, parse.UsesInFile(file.Text))
			handed.Loose = handed.Loose || more
		} else if !strings.Contains(file.Text, name) {
			continue
		}
		files = append(files, file)
	}
	return files, handed, nil
}

func within(dir, path string) bool {
	relative, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(relative)
}

// foreign says whether a file belongs to a flake below a folder that is in the map as having an input of its own of the name.
func foreign(nested map[string]bool, top, path string) bool {
	for dir := filepath.Dir(path); dir != top && len(dir) > len(top); dir = filepath.Dir(dir) {
		if own, is := nested[dir]; is {
			return own
		}
	}
	return false
}

// handedOn says how the outputs of a flake hand its inputs on (rewrite.HandedOn).
func handedOn(flake *workspace.Flake) (handed, loose bool) {
	uses := flake.Manifest.Uses()
	if uses == nil {
		return false, false
	}
	return rewrite.HandedOn(flake.File.Text, uses)
}

// handsSet says whether outputs hands on the set of its inputs itself.
func handsSet(flake *workspace.Flake) bool {
	uses := flake.Manifest.Uses()
	return uses != nil && len(uses.Escapes) > 0
}

// named is an input by the flake that declares it.
type named struct {
	flake *workspace.Flake
	name  string
}

// input is the input as that flake has it, nil where it has none of the name.
func (n named) input() *workspace.Input { return n.flake.Input(n.name) }

// declaredBy is the input at the end of a path of inputs of the flake; ok is false where the flake that would declare it is not at hand.
func (r *request) declaredBy(path []string) (n named, ok bool) {
	last := len(path) - 1
	flake := r.flakeBehind(path[:last])
	if flake == nil || last == 0 && flake.Input(path[0]) == nil {
		return n, false
	}
	return named{flake, path[last]}, true
}

// flakeBehind is the flake that a path of inputs leads to, nil where it is not at hand.
func (r *request) flakeBehind(path []string) *workspace.Flake {
	r.ask()
	if len(path) == 0 {
		return r.flake
	}
	flake, _, _ := r.flakeAt(r.settled(path))
	return flake
}

// leadsTo says of paths of inputs of the flake whether they lead to the flake that declares an input.
func (r *request) leadsTo(n named) func(path []string) bool {
	known := map[string]bool{}
	return func(path []string) bool {
		key := strings.Join(path, "\x00")
		leads, ok := known[key]
		if !ok {
			flake := r.flakeBehind(path)
			leads = flake != nil && flake.Dir == n.flake.Dir
			known[key] = leads
		}
		return leads
	}
}

// requestOf is a request about the flake of another folder, nil where that cannot be read.
func (r *request) requestOf(dir string) *request {
	file, err := r.snapshot.File(filepath.Join(dir, "flake.nix"))
	if err != nil {
		return nil
	}
	other := newRequest(r.snapshot, file, parse.Flake, -1)
	other.ask()
	if other.flake == nil {
		return nil
	}
	return other
}

// consumer is a flake that may have another one as an input.
type consumer struct {
	dir string
	// names says that a path of it has the name of the input that is asked for.
	names bool
}

func (c consumer) path() string { return filepath.Join(c.dir, "flake.nix") }

// consumers are the flakes of the workspace that may name an input of another flake, sorted by folder: those with its name in a path,
// the leaves where it is an input of pins, and those that have a flake of this disk as an input.
func (r *request) consumers(n named) []consumer {
	leaves, pins := map[string]bool{}, r.snapshot.IsPins(n.flake)
	for _, leaf := range r.snapshot.Leaves() {
		if leaf.Pins.Dir == n.flake.Dir {
			leaves[leaf.Dir], pins = true, true
		}
	}
	var list []consumer
	for summary := range r.snapshot.Flakes() {
		if summary.Dir == n.flake.Dir {
			continue
		}
		c, may := consumer{dir: summary.Dir}, leaves[summary.Dir]
		for in := range summary.Inputs() {
			c.names = c.names || slices.Contains(in.Path[1:], n.name) || len(in.Follows) > 1 && slices.Contains(in.Follows[1:], n.name)
			may = may || in.HasReference && in.Reference.Source().Local()
		}
		// Only pins is known by its name alone.
		if may || pins && c.names {
			list = append(list, c)
		}
	}
	return list
}
