package lsp

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// The commands of workspace/executeCommand. Each takes one argument, a commandArgument; what a command needs of it stands behind it.
const (
	commandUpdateInput     = "nix-pins.updateInput"     // uri, input
	commandLock            = "nix-pins.lock"            // uri
	commandUpdatePins      = "nix-pins.updatePins"      // uris, or none for all
	commandTryUpgrade      = "nix-pins.tryUpgrade"      // uri, input, perhaps to
	commandCheckForUpdates = "nix-pins.checkForUpdates" // perhaps uri, perhaps input
	commandPinRegistry     = "nix-pins.pinRegistry"     // perhaps input, perhaps uri, of pins or of a leaf
	commandReindex         = "nix-pins.reindex"
	commandOpenReport      = "nix-pins.openReport"
)

// commandNames are all commands.
var commandNames = []string{
	commandUpdateInput, commandLock, commandUpdatePins, commandTryUpgrade, commandCheckForUpdates, commandPinRegistry, commandReindex, commandOpenReport,
}

// commandArgument is what a command is given.
type commandArgument struct {
	URI   string   `json:"uri,omitempty"`
	URIs  []string `json:"uris,omitempty"`
	Input string   `json:"input,omitempty"`
	// To is the reference to try.
	To string `json:"to,omitempty"`
}

// command is one as the client gets it, to send it back when somebody chooses it.
func (v *view) command(title string, c ide.Command) *protocol.Command {
	name, argument := "", commandArgument{}
	switch c.Verb {
	case ide.UpdateInput:
		name, argument = commandUpdateInput, commandArgument{URI: v.uri(c.Path), Input: c.Input}
	case ide.Lock:
		name, argument = commandLock, commandArgument{URI: v.uri(c.Path)}
	case ide.TryUpgrade:
		name, argument = commandTryUpgrade, commandArgument{URI: v.uri(c.Path), Input: c.Input}
	case ide.CheckForUpdates:
		name, argument = commandCheckForUpdates, commandArgument{URI: v.uri(c.Path), Input: c.Input}
	case ide.PinRegistry:
		name, argument = commandPinRegistry, commandArgument{URI: v.uri(c.Path), Input: c.Input}
	case ide.OpenReport:
		name = commandOpenReport
	}
	return &protocol.Command{Title: title, Command: name, Arguments: []any{argument}}
}

// uri is a file under the name by which the client knows it.
func (v *view) uri(path string) string {
	if document := v.documents[path]; document != nil {
		return document.URI
	}
	return fileURI(path)
}
