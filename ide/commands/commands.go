// Package commands is what the commands that a person chooses in an editor are made of, but for the running: their names, which
// arguments which program gets, what Git's answer says, what differs between two locks, and how all that is told. It starts
// nothing; package lsp does, through internal/run.
package commands

// The names of the commands, as workspace/executeCommand and code lenses have them. The arguments are one JSON object.
const (
	UpdateInput     = "nix-pins.updateInput"
	Lock            = "nix-pins.lock"
	UpdatePins      = "nix-pins.updatePins"
	TryUpgrade      = "nix-pins.tryUpgrade"
	PinRegistry     = "nix-pins.pinRegistry"
	CheckForUpdates = "nix-pins.checkForUpdates"
	Reindex         = "nix-pins.reindex"
	OpenReport      = "nix-pins.openReport"
)

// Command is a line of the table of commands.
type Command struct {
	Name string
	// Title is what a palette calls it.
	Title string
	// Arguments are the members of its object, as the documentation shows them; "" where it has none.
	Arguments string
	// Runs is the command line that it runs, "" where it starts no program.
	Runs string
	// Doc is Markdown: what it does, in a sentence or two.
	Doc string
}

// All are the commands, in the order in which they are documented.
func All() []Command {
	return []Command{
		{UpdateInput, "Update an input", "`uri`, `input`", "nix flake update INPUT",
			"Moves one input of a flake to what its reference means now. `input` is a name, or a path of names such as `pins/nixpkgs`."},
		{Lock, "Lock the inputs", "`uri`", "nix flake lock",
			"Adds to flake.lock what it lacks and takes out what nobody asks for; what is locked stays as it is."},
		{UpdatePins, "Update pins in every leaf", "`uris` (optional)", "nix flake update PINS",
			"Moves the pins input of leaves, one after the other: those of `uris`, else all of the workspace. One that fails does not hold up the others."},
		{TryUpgrade, "Try an upgrade", "`uri`, `input`, `to` (optional)", "nix flake metadata --no-write-lock-file --override-input INPUT TO",
			"Tells what another version of an input would change in flake.lock, and writes nothing. Without `to` it is the newest that the input's own reference means."},
		{PinRegistry, "Pin the registry to pins", "`input` (optional), `uri` (optional)", "nix registry add INPUT URL",
			"Makes the user's flake registry lead to the commit that pins has of an input, `nixpkgs` unless told otherwise, so that `nix shell nixpkgs#hello` uses the same. `uri` is the pins flake, or a leaf, where there are several pins."},
		{CheckForUpdates, "Check for updates", "`uri` (optional), `input` (optional)", "git ls-remote URL",
			"Asks the repositories of a flake's inputs whether their branches have moved beyond what is locked; without `uri`, those of the pins flakes of the workspace. What only another service could answer (a tarball, FlakeHub) is named. An answer is kept for five minutes."},
		{Reindex, "Read all files again", "", "",
			"Searches the workspace and reads its files anew."},
		{OpenReport, "Open the report", "", "",
			"Writes the report of the whole workspace as a page into the user's cache folder and shows it."},
	}
}

// Names are the names of all commands.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}
