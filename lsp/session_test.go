package lsp

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// polyrepo is a pins flake and two leaves, one good and one with an input that should follow. What stands before the places
// that matter is as wide as it can be: characters of one, two, three and four bytes, in a folder whose name needs escapes.
const polyrepo = `
-- pins/flake.nix --
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.crane.url = "github:ipetkov/crane";
  outputs = _: { };
}
-- web ü/flake.nix --
{
  inputs.pins.url = "git+ssh://git@example.org/acme/pins";
  description = "é→😀e` + "\u0301" + `🇩🇪"; inputs.crane.url = "github:ipetkov/crane";
  outputs = { crane, ... }: { };
}
-- blog/flake.nix --
{
  inputs.pins.url = "git+ssh://git@example.org/acme/pins";
  inputs.crane.follows = "pins/crane";
  outputs = { crane, ... }: { };
}
`

// client is one kind of client that a test is run under.
type client struct {
	name         string
	capabilities map[string]any
	full         bool
}

// clients are a client with every capability, one with none and one with what was there in 3.8, each under every encoding.
func clients(t *testing.T) []client {
	all := []client{{"minimal, no encoding", map[string]any{}, false}}
	for _, encoding := range []string{"utf-8", "utf-16", "utf-32"} {
		for _, which := range []string{"minimal", "old", "full"} {
			capabilities := map[string]any{}
			switch which {
			case "old":
				kinds := map[string]any{"codeActionKind": map[string]any{"valueSet": []string{"quickfix"}}}
				capabilities["textDocument"] = map[string]any{"codeAction": map[string]any{"codeActionLiteralSupport": kinds}}
			case "full":
				capabilities = full(t)
			}
			capabilities["general"] = map[string]any{"positionEncodings": []string{encoding}}
			all = append(all, client{which + ", " + encoding, capabilities, which == "full"})
		}
	}
	return all
}

// inClock runs a test with a clock that only goes on when everybody waits.
func inClock(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, run)
}

// pass lets time go by within inClock.
func pass(d time.Duration) { <-time.After(d) }

// open opens a file of the workspace as it is on the disk.
func open(e *lsptest.Editor, w *lsptest.Workspace, name string) string {
	uri := w.URI(name)
	e.Open(uri, "nix", w.Text(name))
	return uri
}

// publication is one textDocument/publishDiagnostics.
type publication struct {
	URI         string
	Version     *int
	Diagnostics []publishedDiagnostic
}

type publishedDiagnostic struct {
	Range           lsptest.Range
	Severity        int
	Code            string
	Source          string
	Message         string
	Tags            []int
	CodeDescription *struct{ Href string }
	Data            any

	RelatedInformation []struct {
		Location struct {
			URI   string
			Range lsptest.Range
		}
		Message string
	}
	raw json.RawMessage
}

func (d *publishedDiagnostic) UnmarshalJSON(data []byte) error {
	type plain publishedDiagnostic
	d.raw = slices.Clone(data)
	return json.Unmarshal(data, (*plain)(d))
}

// summary is `code "text"` of each diagnostic of an open document, in their order.
func (p publication) summary(e *lsptest.Editor) string {
	var all []string
	for _, d := range p.Diagnostics {
		all = append(all, fmt.Sprintf("%s %s", d.Code, e.In(p.URI, d.Range)))
	}
	return strings.Join(all, "\n")
}

func decodePublication(t *testing.T, params json.RawMessage) publication {
	t.Helper()
	var p publication
	if err := json.Unmarshal(params, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// awaitDiagnostics waits for the diagnostics of a document with the given codes; "" stands for none.
func awaitDiagnostics(t *testing.T, e *lsptest.Editor, uri, codes string) publication {
	t.Helper()
	params := e.WaitFor("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		p := decodePublication(t, params)
		return p.URI == uri && codesOf(p) == codes
	})
	return decodePublication(t, params)
}

// codesOf are the codes of what a publication tells, with spaces between them.
func codesOf(p publication) string {
	var all []string
	for _, d := range p.Diagnostics {
		all = append(all, d.Code)
	}
	return strings.Join(all, " ")
}

// publications are those of one document so far.
func publications(t *testing.T, e *lsptest.Editor, uri string) []publication {
	t.Helper()
	var all []publication
	for _, m := range e.Received("textDocument/publishDiagnostics") {
		if p := decodePublication(t, m.Params); p.URI == uri {
			all = append(all, p)
		}
	}
	return all
}
