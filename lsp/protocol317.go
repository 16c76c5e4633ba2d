package lsp

import (
	"encoding/json"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// The types of LSP 3.17 that glsp, which stops at 3.16, does not have, and those of 3.16 that it decodes wrongly: its
// IntegerOrString reads every value as nil, which loses a diagnostic's code; its CompletionItem loses insertReplace edits.
// A nil slice that the specification does not allow to be absent is sent as null: fill such with an empty one.

// InitializeResult is the answer to initialize.
type InitializeResult struct {
	Capabilities ServerCapabilities                   `json:"capabilities"`
	ServerInfo   *protocol.InitializeResultServerInfo `json:"serverInfo,omitempty"`
}

// ServerCapabilities are those of 3.16 with what 3.17 added.
type ServerCapabilities struct {
	protocol.ServerCapabilities
	PositionEncoding   string             `json:"positionEncoding,omitempty"` // utf-8, utf-16 or utf-32
	DiagnosticProvider *DiagnosticOptions `json:"diagnosticProvider,omitempty"`
	InlayHintProvider  *InlayHintOptions  `json:"inlayHintProvider,omitempty"`
}

// DiagnosticOptions says how diagnostics may be pulled.
type DiagnosticOptions struct {
	Identifier            string `json:"identifier,omitempty"`
	InterFileDependencies bool   `json:"interFileDependencies"`
	WorkspaceDiagnostics  bool   `json:"workspaceDiagnostics"`
}

// InlayHintOptions says whether inlayHint/resolve is answered.
type InlayHintOptions struct {
	ResolveProvider bool `json:"resolveProvider,omitempty"`
}

// DidChangeWatchedFilesRegistrationOptions say which files a client shall watch.
type DidChangeWatchedFilesRegistrationOptions struct {
	Watchers []FileSystemWatcher `json:"watchers"`
}

// FileSystemWatcher names files by a glob pattern below the workspace's folders, or by a RelativePattern.
type FileSystemWatcher struct {
	GlobPattern any `json:"globPattern"`
}

// RelativePattern is a glob pattern below a folder of its own.
type RelativePattern struct {
	BaseURI string `json:"baseUri"`
	Pattern string `json:"pattern"`
}

// Diagnostic is a finding. Unlike glsp's it keeps its code when a client sends it back.
type Diagnostic struct {
	Range              protocol.Range                          `json:"range"`
	Severity           protocol.DiagnosticSeverity             `json:"severity,omitempty"`
	Code               any                                     `json:"code,omitempty"` // a string; from other servers perhaps a number
	CodeDescription    *protocol.CodeDescription               `json:"codeDescription,omitempty"`
	Source             string                                  `json:"source,omitempty"`
	Message            string                                  `json:"message"`
	Tags               []protocol.DiagnosticTag                `json:"tags,omitempty"`
	RelatedInformation []protocol.DiagnosticRelatedInformation `json:"relatedInformation,omitempty"`
	Data               any                                     `json:"data,omitempty"`
}

// PublishDiagnosticsParams are all the diagnostics of one document. Diagnostics must not be nil.
type PublishDiagnosticsParams struct {
	URI         string       `json:"uri"`
	Version     *int32       `json:"version,omitempty"`
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// DocumentDiagnosticParams ask for the diagnostics of one document.
type DocumentDiagnosticParams struct {
	TextDocument     protocol.TextDocumentIdentifier `json:"textDocument"`
	Identifier       string                          `json:"identifier"`
	PreviousResultID string                          `json:"previousResultId"`
}

// DocumentDiagnosticReport is the answer: of kind "full" with items, a JSON list, or "unchanged" without.
type DocumentDiagnosticReport struct {
	Kind     string          `json:"kind"`
	ResultID string          `json:"resultId,omitempty"`
	Items    json.RawMessage `json:"items,omitempty"`
}

// WorkspaceDiagnosticParams ask for the diagnostics of all files, but for those whose result the client has.
type WorkspaceDiagnosticParams struct {
	Identifier         string             `json:"identifier"`
	PreviousResultIDs  []PreviousResultID `json:"previousResultIds"`
	PartialResultToken json.RawMessage    `json:"partialResultToken"` // a string or an integer
}

// PreviousResultID is the result that the client has of a document.
type PreviousResultID struct {
	URI   string `json:"uri"`
	Value string `json:"value"`
}

// WorkspaceDiagnosticReport is the answer, and each part of it that is sent ahead. Items must not be nil.
type WorkspaceDiagnosticReport struct {
	Items []WorkspaceDocumentDiagnosticReport `json:"items"`
}

// WorkspaceDocumentDiagnosticReport is the report of one document; the version is null where it is not open.
type WorkspaceDocumentDiagnosticReport struct {
	DocumentDiagnosticReport
	URI     string `json:"uri"`
	Version *int32 `json:"version"`
}

// CodeActionParams ask for what can be done at a range.
type CodeActionParams struct {
	TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	Range        protocol.Range                  `json:"range"`
	Context      CodeActionContext               `json:"context"`
}

// CodeActionContext is what the client knows of the range. TriggerKind is 1 when a person asked, 2 when the client did.
type CodeActionContext struct {
	Diagnostics []Diagnostic `json:"diagnostics"`
	Only        []string     `json:"only"`
	TriggerKind int          `json:"triggerKind"`
}

// CodeAction is a change that the client may make.
type CodeAction struct {
	Title       string                  `json:"title"`
	Kind        string                  `json:"kind,omitempty"`
	Diagnostics []Diagnostic            `json:"diagnostics,omitempty"`
	IsPreferred bool                    `json:"isPreferred,omitempty"`
	Disabled    *CodeActionDisabled     `json:"disabled,omitempty"`
	Edit        *protocol.WorkspaceEdit `json:"edit,omitempty"`
	Command     *protocol.Command       `json:"command,omitempty"`
	Data        any                     `json:"data,omitempty"`
}

// CodeActionDisabled says why an action cannot be taken.
type CodeActionDisabled struct {
	Reason string `json:"reason"`
}

// ProposedItem is a CompletionItem with what one has in a list: there are many of them.
type ProposedItem struct {
	Label               string                      `json:"label"`
	LabelDetails        *CompletionItemLabelDetails `json:"labelDetails,omitempty"`
	Kind                protocol.CompletionItemKind `json:"kind,omitempty"`
	Detail              string                      `json:"detail,omitempty"`
	SortText            string                      `json:"sortText,omitempty"`
	FilterText          string                      `json:"filterText,omitempty"`
	InsertTextFormat    protocol.InsertTextFormat   `json:"insertTextFormat,omitempty"`
	TextEdit            protocol.TextEdit           `json:"textEdit"`
	AdditionalTextEdits []protocol.TextEdit         `json:"additionalTextEdits,omitempty"`
	Data                completionData              `json:"data"`
}

// CompletionItem is one proposal as it comes back, unchanged, in completionItem/resolve.
type CompletionItem struct {
	Label               string                       `json:"label"`
	LabelDetails        *CompletionItemLabelDetails  `json:"labelDetails,omitempty"`
	Kind                protocol.CompletionItemKind  `json:"kind,omitempty"`
	Tags                []protocol.CompletionItemTag `json:"tags,omitempty"`
	Detail              string                       `json:"detail,omitempty"`
	Documentation       any                          `json:"documentation,omitempty"` // string or protocol.MarkupContent
	Preselect           bool                         `json:"preselect,omitempty"`
	SortText            string                       `json:"sortText,omitempty"`
	FilterText          string                       `json:"filterText,omitempty"`
	InsertText          string                       `json:"insertText,omitempty"`
	InsertTextFormat    protocol.InsertTextFormat    `json:"insertTextFormat,omitempty"`
	TextEdit            any                          `json:"textEdit,omitempty"` // protocol.TextEdit or protocol.InsertReplaceEdit
	AdditionalTextEdits []protocol.TextEdit          `json:"additionalTextEdits,omitempty"`
	CommitCharacters    []string                     `json:"commitCharacters,omitempty"`
	Command             *protocol.Command            `json:"command,omitempty"`
	Data                any                          `json:"data,omitempty"`
}

// CompletionItemLabelDetails stand beside the label, in a weaker colour.
type CompletionItemLabelDetails struct {
	Detail      string `json:"detail,omitempty"`      // right behind the label
	Description string `json:"description,omitempty"` // at the end of the line
}

// CompletionList is the answer to textDocument/completion. Items must not be nil.
type CompletionList struct {
	IsIncomplete bool           `json:"isIncomplete"`
	Items        []ProposedItem `json:"items"`
}

// InlayHintParams ask for the hints of a range.
type InlayHintParams struct {
	TextDocument protocol.TextDocumentIdentifier `json:"textDocument"`
	Range        protocol.Range                  `json:"range"`
}

// InlayHint is text that the client shows within the document.
type InlayHint struct {
	Position     protocol.Position   `json:"position"`
	Label        string              `json:"label"`
	TextEdits    []protocol.TextEdit `json:"textEdits,omitempty"`
	Tooltip      any                 `json:"tooltip,omitempty"` // string or protocol.MarkupContent
	PaddingLeft  bool                `json:"paddingLeft,omitempty"`
	PaddingRight bool                `json:"paddingRight,omitempty"`
	Data         any                 `json:"data,omitempty"`
}

// WorkspaceSymbolOptions says whether workspaceSymbol/resolve is answered.
type WorkspaceSymbolOptions struct {
	ResolveProvider bool `json:"resolveProvider,omitempty"`
}

// WorkspaceSymbol is a symbol of the workspace. Its location may lack the range until it is resolved.
type WorkspaceSymbol struct {
	Name          string                  `json:"name"`
	Kind          protocol.SymbolKind     `json:"kind"`
	ContainerName string                  `json:"containerName,omitempty"`
	Location      WorkspaceSymbolLocation `json:"location"`
	Data          any                     `json:"data,omitempty"`
}

// WorkspaceSymbolLocation is a place in a file, or the file alone.
type WorkspaceSymbolLocation struct {
	URI   string          `json:"uri"`
	Range *protocol.Range `json:"range,omitempty"`
}
