// Package config reads settings: .nix-pins.toml with the place of every part, and the settings object of an editor, which has
// the same keys. It does no I/O. Nothing that is wrong in a file makes it unreadable: what is wrong becomes a Problem, the
// rest counts.
//
// Settings come in layers: the defaults, the .nix-pins.toml of a root, those in the folders below it down to the file, and
// the editor's settings (or flags). A later layer replaces an earlier one key by key; of a table of names ([rules], aliases)
// name by name.
package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// FileName is the name of the settings file.
const FileName = ".nix-pins.toml"

// Config is the settings in force for one file. It never changes. Settings() documents each field.
type Config struct {
	// Role is "pins", "leaf", "standalone", or "" where nothing says so.
	Role     string
	Pins     Pins
	Follows  Follows
	Sources  Sources
	Registry Registry
	Files    Files
	Locks    Locks
	Hints    Hints
	Commands Commands
	Lenses   Lenses
	Editor   Editor
	// Rules maps the codes of rules to levels: "off", "hint", "information", "warning", "error".
	Rules   map[string]string
	Preview bool

	entries map[string]Entry
}

// Pins is the table [pins].
type Pins struct {
	// Inputs are the names under which flakes know the pins flake.
	Inputs []string
	// Reference is the URL by which leaves refer to it, "" where it is to be found out.
	Reference string
}

// Follows is the table [follows].
type Follows struct {
	// Ignore are names of inputs that are meant to keep their own version.
	Ignore []string
	// Aliases maps the name of an input to the one that it is as good as: nixpkgs-lib to nixpkgs.
	Aliases map[string]string
}

// Sources is the table [sources].
type Sources struct {
	// Aliases maps a repository to what it is called now.
	Aliases map[string]string
}

// Registry is the table [registry].
type Registry struct {
	// FlakeRegistry is the absolute path of the global registry, "" for the one of Nix.
	FlakeRegistry string
}

// Files is the table [files].
type Files struct {
	IncludeTemplates bool
	// Exclude are patterns as in .gitignore, relative to the root.
	Exclude []string
}

// Locks is the table [locks].
type Locks struct {
	// MaxAgeDays is from how many days on a lock is old.
	MaxAgeDays int
}

// Hints is the table [hints]: which inlay hints are shown.
type Hints struct {
	// Locked is the commit behind a URL, Follows the end of a path, Registry what an id stands for.
	Locked, Follows, Registry bool
}

// Commands is the table [commands], of which only an editor's settings may have anything: the programs that commands run, absolute paths,
// "" for those on PATH.
type Commands struct{ Nix, Git string }

// Lenses is the table [lenses]: which code lenses are shown.
type Lenses struct {
	// Summary is what the polyrepo makes of pins, Followers that of one input; PackageSet is where a leaf stands, and Commands what
	// can be done.
	Summary, Followers, PackageSet, Commands bool
}

// Editor is the table [editor].
type Editor struct {
	// Debounce is how long the server waits after an edit before it judges the text.
	Debounce time.Duration
	// WorkspaceDiagnostics says whether an editor that asks for the diagnostics of all files gets those of closed ones.
	WorkspaceDiagnostics bool
}

// OriginKind tells the layers apart.
type OriginKind uint8

// The kinds of layers, each stronger than those before it.
const (
	Default OriginKind = iota
	ProjectFile
	EditorSettings
)

func (k OriginKind) String() string {
	return [...]string{"default", "project file", "editor settings"}[k]
}

// Origin is where a value comes from.
type Origin struct {
	Kind OriginKind
	// Path and Span are the place of the value in a project file.
	Path string
	Span text.Span
}

// Entry is one setting in force: its key (for a table of names with the name: "rules.raw-url"), value and origin. The value
// is a string, a bool, an int64 or a []string.
type Entry struct {
	Key    string
	Value  any
	Origin Origin
}

// Merge puts layers over the defaults, the weakest first. A nil layer is skipped.
func Merge(layers ...*Layer) *Config {
	c := &Config{entries: map[string]Entry{}}
	for _, s := range settings {
		if s.Type == StringMap {
			for name, value := range s.Default.(map[string]string) {
				key := s.Key + "." + name
				c.entries[key] = Entry{key, value, Origin{}}
			}
			continue
		}
		c.entries[s.Key] = Entry{s.Key, s.Default, Origin{}}
	}
	for _, layer := range layers {
		if layer == nil {
			continue
		}
		for _, e := range layer.entries {
			c.entries[e.Key] = e
		}
	}
	for _, s := range settings {
		if s.Type != StringMap {
			s.assign(c, c.entries[s.Key].Value)
			continue
		}
		table := map[string]string{}
		for key, e := range c.entries {
			if name, ok := strings.CutPrefix(key, s.Key+"."); ok {
				table[name] = e.Value.(string)
			}
		}
		s.assign(c, table)
	}
	return c
}

// Origin is where the value of a key comes from; that of an unknown key is the defaults.
func (c *Config) Origin(key string) Origin { return c.entries[key].Origin }

// Entries are all settings in force, in the order of Settings(), names within a table sorted.
func (c *Config) Entries() []Entry {
	var list []Entry
	for _, s := range settings {
		if s.Type != StringMap {
			list = append(list, c.entries[s.Key])
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(c.entries)) {
			if strings.HasPrefix(key, s.Key+".") {
				list = append(list, c.entries[key])
			}
		}
	}
	return list
}
