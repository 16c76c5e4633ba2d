package lsp

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/ide"
	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// command is one as the client gets it, to send it back when somebody chooses it.
func (v *view) command(title string, c ide.Command) *protocol.Command {
	name, argument := "", commandArguments{}
	switch c.Verb {
	case ide.UpdateInput:
		name, argument = commands.UpdateInput, commandArguments{URI: v.uri(c.Path), Input: c.Input}
	case ide.Lock:
		name, argument = commands.Lock, commandArguments{URI: v.uri(c.Path)}
	case ide.TryUpgrade:
		name, argument = commands.TryUpgrade, commandArguments{URI: v.uri(c.Path), Input: c.Input}
	case ide.CheckForUpdates:
		name, argument = commands.CheckForUpdates, commandArguments{URI: v.uri(c.Path), Input: c.Input}
	case ide.PinRegistry:
		name, argument = commands.PinRegistry, commandArguments{URI: v.uri(c.Path), Input: c.Input}
	case ide.OpenReport:
		name = commands.OpenReport
	}
	return &protocol.Command{Title: title, Command: name, Arguments: []any{argument}}
}
