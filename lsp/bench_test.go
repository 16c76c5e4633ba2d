package lsp

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"context"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/locksketch"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// sixty is a leaf of sixty inputs, of which some have a URL of their own, beside a pins flake that has them all; all is locked.
func sixty(b *testing.B, raw int) string {
	var pins, leaf, pinsLock, leafLock strings.Builder
	for i := range 60 {
		fmt.Fprintf(&pins, "    input-%d.url = \"github:owner-%d/repository\";\n", i, i)
		locked := fmt.Sprintf("input-%d github:owner-%d/repository rev=%x 2026-11-%02d\n", i, i, 0xa00+i, i%25+1)
		pinsLock.WriteString("  " + locked)
		if i < raw {
			fmt.Fprintf(&leaf, "    input-%d.url = \"github:owner-%d/repository\";\n", i, i)
			leafLock.WriteString(locked)
		} else {
			fmt.Fprintf(&leaf, "    input-%d.follows = \"pins/input-%d\";\n", i, i)
			fmt.Fprintf(&leafLock, "input-%d -> pins/input-%d\n", i, i)
		}
	}
	lock, err := locksketch.Expand("pins git+ssh://git@example.org/acme/pins rev=c1 2026-11-25\n" + pinsLock.String() + leafLock.String())
	if err != nil {
		b.Fatal(err)
	}
	return "-- leaf/flake.lock --\n" + lock + "-- pins/flake.nix --\n{\n  inputs = {\n" + pins.String() + "  };\n  outputs = _: { };\n}\n" +
		"-- leaf/flake.nix --\n{\n  inputs = {\n    pins.url = \"git+ssh://git@example.org/acme/pins\";\n" + leaf.String() +
		"  };\n  outputs = _: { };\n}\n"
}

// served is a session with the leaf open and judged.
func served(b *testing.B, raw int, capabilities map[string]any) (*lsptest.Editor, string) {
	w := lsptest.NewWorkspace(b, sixty(b, raw))
	e := lsptest.Start(b, func(in io.Reader, out io.Writer) int { return Serve(context.Background(), in, out, Options{}) })
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": capabilities, "initializationOptions": map[string]any{"editor": map[string]any{"debounce": 0}}})
	uri := w.URI("leaf/flake.nix")
	e.Open(uri, "nix", w.Text("leaf/flake.nix"))
	e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Count(string(p), `"raw-url"`) == raw })
	return e, uri
}

// BenchmarkKeyToDiagnostics is from a keystroke on the wire to the diagnostics of its version on the wire, no debounce.
func BenchmarkKeyToDiagnostics(b *testing.B) {
	for _, raw := range []int{0, 5, 60} {
		b.Run(fmt.Sprint(raw, " findings"), func(b *testing.B) {
			e, uri := served(b, raw, nil)
			at := strings.Index(e.Text(uri), "  };\n  outputs")
			for b.Loop() {
				e.Replace(uri, at, at, " ")
				version := fmt.Sprintf(`"version":%d,`, e.Version(uri))
				e.WaitFor("textDocument/publishDiagnostics", func(p json.RawMessage) bool { return strings.Contains(string(p), version) })
			}
		})
	}
}

// BenchmarkRequests is from a question on the wire to its answer on the wire.
func BenchmarkRequests(b *testing.B) {
	e, uri := served(b, 5, nil)
	text := e.Text(uri)
	at := strings.Index(text, "  };\n  outputs")
	end := e.Position(uri, len(text))
	e.Replace(uri, at, at, "    input.follows = \"pins/\";\n")
	document := map[string]any{"uri": uri}
	last := map[string]any{"textDocument": document, "position": e.Position(uri, strings.Index(text, "pins/input-59")+len("pins/inp"))}
	whole := map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": end}
	for _, request := range []struct {
		method string
		params any
	}{
		{"completion", completionAt(e, uri, e.Position(uri, at+len("    input.follows = \"pins/")))},
		{"hover", last},
		{"definition", last},
		{"inlayHint", map[string]any{"textDocument": document, "range": whole}},
		{"codeLens", map[string]any{"textDocument": document}},
	} {
		b.Run(request.method, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.Call("textDocument/"+request.method, request.params, nil)
			}
		})
	}
	b.Run("inlayHint without tooltips", func(b *testing.B) {
		hint := map[string]any{"resolveSupport": map[string]any{"properties": []string{"tooltip"}}}
		e, uri := served(b, 5, map[string]any{"textDocument": map[string]any{"inlayHint": hint}})
		b.ReportAllocs()
		for b.Loop() {
			e.Call("textDocument/inlayHint", map[string]any{"textDocument": map[string]any{"uri": uri}, "range": whole}, nil)
		}
	})
}
