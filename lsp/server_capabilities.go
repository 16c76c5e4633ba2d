package lsp

import (
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// completionTriggers are the characters behind which something can stand that is worth a proposal.
var completionTriggers = []string{".", `"`, "/", "=", ":", "?"}

// serverCapabilities is what the server can do for this client. It is written by hand: what glsp would derive is wrong in
// places.
func serverCapabilities(client *clientCapabilities, encoding text.Encoding) ServerCapabilities {
	incremental := protocol.TextDocumentSyncKindIncremental
	capabilities := protocol.ServerCapabilities{
		TextDocumentSync: protocol.TextDocumentSyncOptions{
			OpenClose: &protocol.True, Change: &incremental, Save: protocol.SaveOptions{IncludeText: &protocol.False},
		},
		CompletionProvider:   &protocol.CompletionOptions{TriggerCharacters: completionTriggers, ResolveProvider: &protocol.True},
		DocumentLinkProvider: &protocol.DocumentLinkOptions{},
		HoverProvider:        true, DefinitionProvider: true, ReferencesProvider: true, DocumentHighlightProvider: true, DocumentSymbolProvider: true,
		RenameProvider:          true,
		ExecuteCommandProvider:  &protocol.ExecuteCommandOptions{Commands: commands.Names(), WorkDoneProgressOptions: protocol.WorkDoneProgressOptions{WorkDoneProgress: &protocol.True}},
		WorkspaceSymbolProvider: WorkspaceSymbolOptions{ResolveProvider: client.WorkspaceSymbolLocationOnDemand},
		Workspace: &protocol.ServerCapabilitiesWorkspace{WorkspaceFolders: &protocol.WorkspaceFoldersServerCapabilities{
			Supported: &protocol.True, ChangeNotifications: &protocol.BoolOrString{Value: true},
		}},
	}
	if client.RenamePrepare {
		capabilities.RenameProvider = protocol.RenameOptions{PrepareProvider: &protocol.True}
	}
	if client.CodeActionLiterals {
		resolve := client.resolvesCodeActions()
		capabilities.CodeActionProvider = protocol.CodeActionOptions{CodeActionKinds: codeActionKinds, ResolveProvider: &resolve}
	}
	if client.CodeLens {
		capabilities.CodeLensProvider = &protocol.CodeLensOptions{}
	}
	answer := ServerCapabilities{PositionEncoding: encoding.String(), ServerCapabilities: capabilities}
	if client.pulls() {
		answer.DiagnosticProvider = &DiagnosticOptions{Identifier: diagnosticSource, InterFileDependencies: true, WorkspaceDiagnostics: true}
	}
	if client.InlayHint {
		answer.InlayHintProvider = &InlayHintOptions{ResolveProvider: client.resolvesTooltips()}
	}
	return answer
}

// resolvesCodeActions says whether the client asks for the edits of an action when somebody chooses it.
func (c *clientCapabilities) resolvesCodeActions() bool {
	return c.CodeActionData && slices.Contains(c.CodeActionResolve, "edit")
}
