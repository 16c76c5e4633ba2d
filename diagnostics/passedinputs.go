package diagnostics

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// maxPassedFiles is how many files a flake's inputs are followed into.
const maxPassedFiles = 100

// passedInputs follows the set of all inputs of a flake to the functions that it is handed to, through files that lie beside the flake.
type passedInputs struct {
	snapshot *workspace.Snapshot
	// dir is the folder of the flake, top the one that holds what Nix reads with it.
	dir, top string
	// seen are the files that were looked at.
	seen map[string]bool
}

// refusesInput says why a flake is left as it is whose outputs hand all inputs to a function: one that names what it takes fails when it is
// called with one more, and a lock does not show that. The error is nil where each of these functions stands in sight and takes any.
func refusesInput(s *workspace.Snapshot, flake *workspace.Flake) error {
	p := &passedInputs{snapshot: s, dir: flake.Dir, top: flake.Dir, seen: map[string]bool{}}
	if top, _, _, ok := s.RepositoryOf(flake.Dir); ok {
		p.top = top
	}
	return p.in(flake.File.Path, flake.Manifest)
}

// in looks at what the function of a file hands on. An entry of a registry or of a search path may be made of each input, as pins is a flake with
// an outPath like any other, and nothing else: what else it must have for that is not in sight. In a file that was handed all inputs they may
// be no part of a set either (`import ./y.nix { inherit inputs; }`), from which anybody may take them, and a list of their names is one too many;
// nor may anything be made of all of them where inputs are taken by names that only an evaluation tells (`inputs.${n}.packages`).
func (p *passedInputs) in(path string, m *parse.Manifest) error {
	uses := m.Uses()
	if uses == nil {
		return nil
	}
	line := func(at text.Span) int { return 1 + strings.Count(m.Text[:at.Start], "\n") }
	if len(uses.Each) > 0 {
		return fmt.Errorf("line %d%s makes something of each input, for which one more may not have what it takes", line(uses.Each[0]), p.of(path))
	}
	if p.seen[path] {
		for _, escape := range uses.Escapes {
			isPassed := slices.ContainsFunc(uses.Passed, func(passed parse.Passed) bool { return passed.Span.Contains(escape) })
			if isListed := len(uses.Dynamic) == 0 && slices.Contains(uses.Listed, escape); !isPassed && !isListed {
				return fmt.Errorf("line %d%s hands all inputs on, where a function may not accept one more", line(escape), p.of(path))
			}
		}
	}
	for _, passed := range uses.Passed {
		where := fmt.Sprintf("line %d", line(passed.Span)) + p.of(path)
		if passed.Import == "" {
			return fmt.Errorf("%s passes all inputs to a function, which may not accept one more", where)
		}
		to, source, err := p.read(filepath.Join(filepath.Dir(path), filepath.FromSlash(passed.Import)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s passes all inputs to %s, which is not there", where, p.name(to))
		case err != nil:
			return fmt.Errorf("%s passes all inputs to %s, which cannot be read: %w", where, p.name(to), err)
		case p.seen[to]:
			continue
		case len(p.seen) == maxPassedFiles:
			return fmt.Errorf("%s passes all inputs on to more files than are looked at", where)
		}
		p.seen[to] = true
		// An entrypoint.nix is a file whose value is a function too.
		called := parse.Parse(parse.Entrypoint, source)
		f := called.OutputsFunction
		switch {
		case !called.Clean() || f == nil:
			return fmt.Errorf("%s passes all inputs to %s, which is no function that can be read", where, p.name(to))
		case f.Formals != nil && f.Formals.Closed():
			return fmt.Errorf("%s passes all inputs to %s, whose function takes those alone that it names", where, p.name(to))
		}
		if err := p.in(to, called); err != nil {
			return err
		}
	}
	return nil
}

var errElsewhere = errors.New("it lies outside of the flake's repository")

// read gives what Nix reads at a path that is imported: the file, or the default.nix of a folder.
func (p *passedInputs) read(path string) (of, text string, err error) {
	if inside, err := filepath.Rel(p.top, path); err != nil || !filepath.IsLocal(inside) {
		return path, "", errElsewhere
	}
	file, err := p.snapshot.File(path)
	var failed *workspace.FileError
	if errors.As(err, &failed) && failed.Reason == workspace.NotRegular {
		path = filepath.Join(path, "default.nix")
		file, err = p.snapshot.File(path)
	}
	if err != nil {
		return path, "", err
	}
	return path, file.Text, nil
}

// of says of which file a line is, where that is not the flake.nix.
func (p *passedInputs) of(path string) string {
	if !p.seen[path] {
		return ""
	}
	return " of " + p.name(path)
}

// name is a file as a message names it: from the flake's folder.
func (p *passedInputs) name(path string) string {
	if from, err := filepath.Rel(p.dir, path); err == nil {
		return filepath.ToSlash(from)
	}
	return filepath.ToSlash(path)
}
