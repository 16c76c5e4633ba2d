package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
)

// commandsPage writes docs/commands.md: a text around the table of commands.
func commandsPage(string) (map[string][]byte, error) {
	var b strings.Builder
	b.WriteString(header + `# Commands

What an editor can ask the server to do, through ` + "`workspace/executeCommand`" + `: code lenses and actions do, and the editors' own ways are on
their pages ([VS Code](editors/vscode.md), [Neovim](editors/neovim.md), [Emacs](editors/emacs.md)). Nothing of this happens by itself.

The arguments are one object; ` + "`uri`" + ` is that of a flake's folder or of a file in it.

| command | arguments | runs |
|---|---|---|
`)
	for _, c := range commands.All() {
		runs := "nothing"
		if c.Runs != "" {
			runs = "`" + c.Runs + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Arguments, runs)
	}
	b.WriteByte('\n')
	for _, c := range commands.All() {
		fmt.Fprintf(&b, "**%s** (`%s`). %s\n\n", c.Title, c.Name, c.Doc)
	}
	b.WriteString(`## How they run

- **Who allows it.** With ` + "`\"trusted\": true`" + ` in ` + "`initializationOptions`" + ` a command runs at once, with ` + "`false`" + ` never. Where it is absent you are asked
  first, with the very command line and the folder; *Run, and do not ask again in this session* settles it until the server ends. An editor
  that cannot ask, or does not answer within a minute, gets an error, and nothing runs.
- **Which program.** ` + "`nix`" + ` and ` + "`git`" + ` on ` + "`PATH`" + `, or those of the settings ` + "[`commands.nix` and `commands.git`](settings.md#commandsnix)" + `, which no file of a
  repository can set. Nix 2.19 or newer. Arguments are a list, no shell reads them, and what could be taken for an option is refused.
- **Passwords.** No program can ask for one. Git uses what it has by itself: a key of your agent, a credential helper.
- **The disk counts.** A flake.nix or flake.lock with changes that are not saved is refused: Nix reads the disk.
- **One at a time.** A second command on a flake that is being locked is refused with the name of the first. Only ` + "`checkForUpdates`" + `, which touches
  no flake, runs beside others.
- **The whole workspace.** What concerns all of it waits until all files have been read.
- **Cancelling**, by the request or by its progress, ends the program and all that it has started. The lock is then as it was, or whole as Nix
  wrote it.
- **Afterwards** the server looks at the lock at once: hints and findings follow. A message tells in a sentence what has changed, and the
  result has it as JSON: ` + "`changes`" + ` is a list of ` + "`{ input, from, to }`" + ` with ` + "`{ source, rev, narHash, date, follows }`" + ` or null at both ends. A failure is
  the error ` + "`RequestFailed`" + ` (-32803) with the program's own words.
`)
	return map[string][]byte{"docs/commands.md": []byte(b.String())}, nil
}

// extensionCommands puts the commands into the palette of VS Code, after those that are the extension's own. The palette's names are other
// ones than the server's, which the client registers by itself for lenses and actions.
func extensionCommands(manifest *object) error {
	contributes, err := manifest.at("contributes")
	if err != nil {
		return err
	}
	for i, m := range *contributes {
		list, ok := m.value.([]any)
		if m.key != "commands" || !ok {
			continue
		}
		kept := []any{}
		for _, entry := range list {
			if o, ok := entry.(*object); ok && !o.has("enablement") {
				kept = append(kept, entry)
			}
		}
		for _, c := range commands.All() {
			kept = append(kept, object{
				{"command", "nixPins." + strings.TrimPrefix(c.Name, "nix-pins.")}, {"category", "Nix pins"}, {"title", c.Title}, {"enablement", "nixPins.running"},
			})
		}
		(*contributes)[i].value = kept
		return nil
	}
	return fmt.Errorf("no list contributes.commands in %s", filepath.Join("editors", "vscode", "package.json"))
}

func (o *object) has(key string) bool {
	for _, m := range *o {
		if m.key == key {
			return true
		}
	}
	return false
}
