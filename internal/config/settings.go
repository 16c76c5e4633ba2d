package config

import (
	"slices"
	"time"
)

// Type is the type of a setting's value, in files and in editors alike.
type Type uint8

// The types. StringMap is a table of names with strings.
const (
	Boolean Type = iota
	Integer
	String
	StringList
	StringMap
)

func (t Type) String() string {
	return [...]string{"boolean", "integer", "string", "list of strings", "table of strings"}[t]
}

func (t Type) withArticle() string {
	if t == Integer {
		return "an " + t.String()
	}
	return "a " + t.String()
}

// Setting is one line of the table from which the settings are decoded and their documentation and schemas are generated.
type Setting struct {
	// Key is the path of tables and the name, with dots: "pins.inputs".
	Key  string
	Type Type
	// Default is a bool, int64, string, []string or map[string]string.
	Default any
	// Values are the only legal values of a String, or of the strings in a StringMap; nil allows all.
	Values []string
	// Minimum and Maximum bound an Integer.
	Minimum, Maximum int64
	// Doc is Markdown: what it does, in a sentence or two.
	Doc string
	// EditorOnly says that no .nix-pins.toml may set it: who checks out a repository must not start a program that it chose.
	EditorOnly bool

	// rules says of a StringMap that its names are codes of rules.
	rules bool
	// path says of a String that it is a path, relative to the folder of the settings file.
	path bool
	// pattern says of a StringList that it holds patterns as in .gitignore.
	pattern bool
	assign  func(*Config, any)
}

// Settings are all settings, in the order in which they are documented.
func Settings() []Setting { return slices.Clone(settings) }

// Levels are the levels that a rule can be set to.
func Levels() []string { return slices.Clone(levels) }

var levels = []string{"off", "hint", "information", "warning", "error"}

// set makes the assignment of a field.
func set[T any](field func(*Config) *T) func(*Config, any) {
	return func(c *Config, value any) { *field(c) = value.(T) }
}

var settings = []Setting{
	{
		Key: "role", Type: String, Default: "", Values: []string{"pins", "leaf", "standalone"},
		Doc: "What the flake beside this file is: `pins`, which the others follow; a `leaf`, which follows it; or `standalone`, which must not, because others who cannot reach pins use it. " +
			"`leaf` and `standalone` hold for the flakes in the folders below too. Unset, names tell: see `pins.inputs`.",
		assign: set(func(c *Config) *string { return &c.Role }),
	},
	{
		Key: "pins.inputs", Type: StringList, Default: []string{"pins", "pinning"},
		Doc:    "The names of the pins flake: an input of such a name is pins, and so is a flake whose folder or remote repository is so called. The first is the name under which it is added.",
		assign: set(func(c *Config) *[]string { return &c.Pins.Inputs }),
	},
	{
		Key: "pins.reference", Type: String, Default: "",
		Doc:    "The URL by which leaves refer to pins, written where the input is added. Unset, it is the one that most flakes of the workspace use.",
		assign: set(func(c *Config) *string { return &c.Pins.Reference }),
	},
	{
		Key: "follows.ignore", Type: StringList, Default: []string(nil),
		Doc:    "Names of inputs that are meant to keep a version of their own: no rule asks them to follow.",
		assign: set(func(c *Config) *[]string { return &c.Follows.Ignore }),
	},
	{
		Key: "follows.aliases", Type: StringMap, Default: map[string]string{"nixpkgs-lib": "nixpkgs"},
		Doc:    "The input of pins that an input of another name is as good as: `nixpkgs-lib = \"nixpkgs\"`.",
		assign: set(func(c *Config) *map[string]string { return &c.Follows.Aliases }),
	},
	{
		Key: "sources.aliases", Type: StringMap, Default: map[string]string{},
		Doc:    "Repositories that were renamed or mirrored and count as one: `\"github:old/name\" = \"github:new/name\"`. Well-known renames are known.",
		assign: set(func(c *Config) *map[string]string { return &c.Sources.Aliases }),
	},
	{
		Key: "rules", Type: StringMap, Default: map[string]string{}, Values: levels, rules: true,
		Doc:    "The level of each rule by its code: `raw-url = \"warning\"`. `off` switches it off.",
		assign: set(func(c *Config) *map[string]string { return &c.Rules }),
	},
	{
		Key: "preview", Type: Boolean, Default: false,
		Doc:    "Switch on the rules that are still being tried out.",
		assign: set(func(c *Config) *bool { return &c.Preview }),
	},
	{
		Key: "registry.flake-registry", Type: String, Default: "", path: true,
		Doc:    "The path of a file that is the global flake registry, as Nix's setting of that name. It is never fetched. Unset, it is Nix's own setting, the copy that Nix keeps, or a table of well-known ids.",
		assign: set(func(c *Config) *string { return &c.Registry.FlakeRegistry }),
	},
	{
		Key: "files.include-templates", Type: Boolean, Default: false,
		Doc:    "Judge flakes in folders called template, example, test or fixture as all others.",
		assign: set(func(c *Config) *bool { return &c.Files.IncludeTemplates }),
	},
	{
		Key: "files.exclude", Type: StringList, Default: []string(nil), pattern: true,
		Doc:    "Folders and files that are not searched, as patterns of .gitignore relative to the root. What .gitignore excludes is not searched either.",
		assign: set(func(c *Config) *[]string { return &c.Files.Exclude }),
	},
	{
		Key: "locks.max-age-days", Type: Integer, Default: int64(30), Minimum: 1, Maximum: 3650,
		Doc: "How many days old the newest input of a flake.lock may be. The rule `old-lock`, which is off by default, speaks of older ones.",
		assign: func(c *Config, value any) {
			c.Locks.MaxAgeDays = int(value.(int64))
		},
	},
	{
		Key: "hints.locked", Type: Boolean, Default: true,
		Doc:    "Show, behind a URL, the commit and the day that flake.lock has for it.",
		assign: set(func(c *Config) *bool { return &c.Hints.Locked }),
	},
	{
		Key: "hints.follows", Type: Boolean, Default: true,
		Doc:    "Show, behind the path that an input follows, what is locked at its end.",
		assign: set(func(c *Config) *bool { return &c.Hints.Follows }),
	},
	{
		Key: "hints.registry", Type: Boolean, Default: true,
		Doc:    "Show, behind a registry id, what it stands for.",
		assign: set(func(c *Config) *bool { return &c.Hints.Registry }),
	},
	{
		Key: "commands.nix", Type: String, Default: "", path: true, EditorOnly: true,
		Doc:    "The program `nix` that commands run, as an absolute path. Unset, it is the one on `PATH`.",
		assign: set(func(c *Config) *string { return &c.Commands.Nix }),
	},
	{
		Key: "commands.git", Type: String, Default: "", path: true, EditorOnly: true,
		Doc:    "The program `git` that asks for updates, as an absolute path. Unset, it is the one on `PATH`.",
		assign: set(func(c *Config) *string { return &c.Commands.Git }),
	},
	{
		Key: "lenses.summary", Type: Boolean, Default: true,
		Doc:    "Show, above the inputs of a pins flake, how many inputs of leaves follow them, how many duplicates there are, and how many leaves are behind.",
		assign: set(func(c *Config) *bool { return &c.Lenses.Summary }),
	},
	{
		Key: "lenses.followers", Type: Boolean, Default: true,
		Doc:    "Show, above each input of a pins flake, how many leaves follow it.",
		assign: set(func(c *Config) *bool { return &c.Lenses.Followers }),
	},
	{
		Key: "lenses.package-set", Type: Boolean, Default: true,
		Doc:    "Show, above the pins input of a leaf, of which day its package set is and how many sets it is behind; a click updates it.",
		assign: set(func(c *Config) *bool { return &c.Lenses.PackageSet }),
	},
	{
		Key: "lenses.commands", Type: Boolean, Default: true,
		Doc:    "Show what can be done above what it is done to: update each input of a pins flake, or of one that has no pins, and the pins input of a leaf (its others by a code action); try an upgrade and check for updates in a pins flake; lock what is not locked yet.",
		assign: set(func(c *Config) *bool { return &c.Lenses.Commands }),
	},
	{
		Key: "editor.debounce", Type: Integer, Default: int64(50), Minimum: 0, Maximum: 10_000,
		Doc: "How many milliseconds without an edit pass before the text is judged. An editor that asks for diagnostics by itself waits as it likes.",
		assign: func(c *Config, value any) {
			c.Editor.Debounce = time.Duration(value.(int64)) * time.Millisecond
		},
	},
	{
		Key: "editor.workspace-diagnostics", Type: Boolean, Default: true,
		Doc:    "Show what is found in files that are not open too, in an editor that asks for it, such as VS Code.",
		assign: set(func(c *Config) *bool { return &c.Editor.WorkspaceDiagnostics }),
	},
}
