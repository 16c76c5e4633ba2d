package lsp

import (
	"encoding/json"
	"errors"
	"math"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// clientCapabilities is what the client can do, as far as this server asks. Each is read on its own: one of a wrong shape
// counts as absent, and the rest is used (glsp would refuse the whole of initialize).
type clientCapabilities struct {
	PositionEncodings []string // in the client's order of preference

	// workspace
	DocumentChanges                 bool // versioned edits in a WorkspaceEdit
	Configuration                   bool // the server may ask for settings
	ConfigurationRegistration       bool // didChangeConfiguration may be registered
	WatchedFilesRegistration        bool // didChangeWatchedFiles may be registered, and the client does watch
	WatchedFilesRelativePatterns    bool
	RefreshDiagnostics              bool
	RefreshInlayHints               bool
	RefreshCodeLenses               bool
	WorkspaceSymbolLocationOnDemand bool // workspace/symbol may leave the range to resolve

	// textDocument
	CodeActionLiterals        bool     // CodeAction objects, not only commands
	CodeActionResolve         []string // properties that the client lets the server fill in by resolve
	CodeActionData            bool     // data survives until resolve
	CodeActionPreferred       bool
	CodeActionDisabled        bool // what cannot be done is offered with the reason
	CompletionSnippets        bool
	CompletionLabelDetails    bool
	CompletionDocumentation   []string // markup kinds, in the client's order of preference
	HoverContent              []string // markup kinds, in the client's order of preference
	DefinitionLinks           bool
	HierarchicalSymbols       bool
	RenamePrepare             bool
	DiagnosticPull            bool
	DiagnosticPush            bool // publishDiagnostics
	DiagnosticRelated         bool
	DiagnosticTags            []int
	DiagnosticCodeDescription bool
	DiagnosticData            bool
	CodeLens                  bool
	InlayHint                 bool
	InlayHintResolve          []string // properties that the client lets the server fill in by resolve

	ServerStatus bool // experimental: the client shows how the server is

	// window
	WorkDoneProgress bool
	ShowDocument     bool
}

// readClientCapabilities reads the capabilities member of initialize; what is no object has none.
func readClientCapabilities(raw any) clientCapabilities {
	c := shape{raw}
	workspace, document, window := c.at("workspace"), c.at("textDocument"), c.at("window")
	action, completion, pull := document.at("codeAction"), document.at("completion"), document.at("diagnostic")
	item, publish := completion.at("completionItem"), document.at("publishDiagnostics")
	return clientCapabilities{
		PositionEncodings: c.at("general.positionEncodings").strings(),

		DocumentChanges:              workspace.at("workspaceEdit.documentChanges").flag(),
		Configuration:                workspace.at("configuration").flag(),
		ConfigurationRegistration:    workspace.at("didChangeConfiguration.dynamicRegistration").flag(),
		WatchedFilesRegistration:     workspace.at("didChangeWatchedFiles.dynamicRegistration").flag(),
		WatchedFilesRelativePatterns: workspace.at("didChangeWatchedFiles.relativePatternSupport").flag(),
		// Helix spells the member as the type library of Rust does.
		RefreshDiagnostics:              workspace.at("diagnostics.refreshSupport").flag() || workspace.at("diagnostic.refreshSupport").flag(),
		RefreshInlayHints:               workspace.at("inlayHint.refreshSupport").flag(),
		RefreshCodeLenses:               workspace.at("codeLens.refreshSupport").flag(),
		WorkspaceSymbolLocationOnDemand: len(workspace.at("symbol.resolveSupport.properties").strings()) > 0,

		CodeActionLiterals:        action.at("codeActionLiteralSupport").object(),
		CodeActionResolve:         action.at("resolveSupport.properties").strings(),
		CodeActionData:            action.at("dataSupport").flag(),
		CodeActionPreferred:       action.at("isPreferredSupport").flag(),
		CodeActionDisabled:        action.at("disabledSupport").flag(),
		CompletionSnippets:        item.at("snippetSupport").flag(),
		CompletionLabelDetails:    item.at("labelDetailsSupport").flag(),
		CompletionDocumentation:   item.at("documentationFormat").strings(),
		HoverContent:              document.at("hover.contentFormat").strings(),
		DefinitionLinks:           document.at("definition.linkSupport").flag(),
		HierarchicalSymbols:       document.at("documentSymbol.hierarchicalDocumentSymbolSupport").flag(),
		RenamePrepare:             document.at("rename.prepareSupport").flag(),
		DiagnosticPull:            pull.object(),
		DiagnosticPush:            publish.object(),
		DiagnosticRelated:         publish.at("relatedInformation").flag() || pull.at("relatedInformation").flag(),
		DiagnosticTags:            append(publish.at("tagSupport.valueSet").integers(), pull.at("tagSupport.valueSet").integers()...),
		DiagnosticCodeDescription: publish.at("codeDescriptionSupport").flag() || pull.at("codeDescriptionSupport").flag(),
		DiagnosticData:            publish.at("dataSupport").flag() || pull.at("dataSupport").flag(),
		CodeLens:                  document.at("codeLens").object(),
		InlayHint:                 document.at("inlayHint").object(),
		InlayHintResolve:          document.at("inlayHint.resolveSupport.properties").strings(),

		ServerStatus:     c.at("experimental.serverStatusNotification").flag(),
		WorkDoneProgress: window.at("workDoneProgress").flag(),
		ShowDocument:     window.at("showDocument.support").flag(),
	}
}

// positionEncoding is the one of the client's encodings that costs us least: the text is UTF-8, and UTF-32 is the rarest
// in tests of clients. A client that names none has UTF-16, the specification's default.
func (c *clientCapabilities) positionEncoding() text.Encoding {
	for _, encoding := range []text.Encoding{text.UTF8, text.UTF16, text.UTF32} {
		for _, offered := range c.PositionEncodings {
			if offered == encoding.String() {
				return encoding
			}
		}
	}
	return text.UTF16
}

// initializeParams is what the server takes from initialize, each part read on its own like the capabilities.
type initializeParams struct {
	processID                 int // 0 where there is none to watch
	clientName, clientVersion string
	roots                     []string // URIs: the workspace folders, else rootUri, else rootPath; the first is the main one
	trace                     string   // off, messages or verbose
	options                   any      // initializationOptions as encoding/json decodes them into an any
	trust                     trust
	capabilities              clientCapabilities
}

// UnmarshalJSON fails only on what is no object.
func (p *initializeParams) UnmarshalJSON(data []byte) error {
	var decoded any
	if err := json.Unmarshal(data, &decoded); err != nil {
		return err
	}
	c := shape{decoded}
	if !c.object() {
		return errors.New("not an object")
	}
	*p = initializeParams{
		clientName:    c.at("clientInfo.name").string(),
		clientVersion: c.at("clientInfo.version").string(),
		trace:         c.at("trace").string(),
		options:       c.at("initializationOptions").value,
		capabilities:  readClientCapabilities(c.at("capabilities").value),
	}
	if p.clientName == "helix" {
		// Helix (25.07) takes the registration and then tells of the files alone that it saves itself: it watches nothing.
		p.capabilities.WatchedFilesRegistration = false
	}
	for _, at := range []string{"initializationOptions.trusted", "initializationOptions." + settingsSection + ".trusted"} {
		if trusted, ok := c.at(at).value.(bool); ok {
			p.trust = map[bool]trust{true: trusting, false: distrusting}[trusted]
		}
	}
	p.processID, _ = c.at("processId").integer()
	for _, folder := range c.at("workspaceFolders").list() {
		if uri := folder.at("uri").string(); uri != "" {
			p.roots = append(p.roots, uri)
		}
	}
	if uri := c.at("rootUri").string(); len(p.roots) == 0 && uri != "" {
		p.roots = []string{uri}
	}
	if path := c.at("rootPath").string(); len(p.roots) == 0 && path != "" {
		p.roots = []string{fileURI(path)}
	}
	return nil
}

// pulls says whether the client asks for diagnostics; they are sent to it by themselves otherwise, never both. One that cannot be told
// to ask again would show what was true before another file changed, so it is sent them if it takes them.
func (c *clientCapabilities) pulls() bool {
	return c.DiagnosticPull && (c.RefreshDiagnostics || !c.DiagnosticPush)
}

// shape reads a decoded JSON value that may have any shape. A wrong one is the same as none.
type shape struct{ value any }

// at goes down a path of member names with dots between them.
func (s shape) at(path string) shape {
	for name := range strings.SplitSeq(path, ".") {
		members, _ := s.value.(map[string]any)
		s = shape{members[name]}
	}
	return s
}

func (s shape) object() bool {
	_, ok := s.value.(map[string]any)
	return ok
}

func (s shape) flag() bool {
	flag, _ := s.value.(bool)
	return flag
}

func (s shape) string() string {
	text, _ := s.value.(string)
	return text
}

func (s shape) integer() (int, bool) {
	number, ok := s.value.(float64)
	if !ok || number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
		return 0, false
	}
	return int(number), true
}

func (s shape) list() []shape {
	values, _ := s.value.([]any)
	list := make([]shape, len(values))
	for i, value := range values {
		list[i] = shape{value}
	}
	return list
}

func (s shape) strings() []string {
	var all []string
	for _, element := range s.list() {
		if text, ok := element.value.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

func (s shape) integers() []int {
	var all []int
	for _, element := range s.list() {
		if number, ok := element.integer(); ok {
			all = append(all, number)
		}
	}
	return all
}
