package lsp

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

const rawURL = `raw-url "github:ipetkov/crane"`

// Breaks when a diagnostic stands elsewhere under one of the encodings, is of another version than it says, lacks what the
// client can show or has what it cannot.
func TestDiagnostics(t *testing.T) {
	for _, client := range clients(t) {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			t.Run(client.name+strings.ReplaceAll(lineEnd, "\r\n", ", CRLF"), func(t *testing.T) {
				w := lsptest.NewWorkspace(t, polyrepo)
				e, _ := start(t, nil)
				e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": client.capabilities})
				uri := w.URI("web ü/flake.nix")
				e.Open(uri, "nix", strings.ReplaceAll(w.Text("web ü/flake.nix"), "\n", lineEnd))
				p := awaitDiagnostics(t, e, uri, "raw-url")
				if got := p.summary(e); got != rawURL {
					t.Errorf("got %s, want %s", got, rawURL)
				}
				if p.Version == nil || *p.Version != 1 {
					t.Errorf("version %v", p.Version)
				}
				d := p.Diagnostics[0]
				if d.Severity != 3 || d.Source != "nix-pins" || !strings.Contains(d.Message, "pins/crane") {
					t.Errorf("%s", d.raw)
				}
				if !client.full {
					if d.CodeDescription != nil || d.RelatedInformation != nil || d.Data != nil || d.Tags != nil {
						t.Errorf("more than the client can show: %s", d.raw)
					}
					return
				}
				if d.CodeDescription == nil || !strings.HasSuffix(d.CodeDescription.Href, "/docs/rules/raw-url.md") || d.Data == nil {
					t.Errorf("less than the client can show: %s", d.raw)
				}
				if len(d.RelatedInformation) != 1 || d.RelatedInformation[0].Location.URI != w.URI("pins/flake.nix") || d.RelatedInformation[0].Location.Range.Start.Line != 2 {
					t.Errorf("related information: %s", d.raw)
				}
			})
		}
	}
}

// Breaks when a client is told of a good file nothing, so that it cannot tell it from one that nobody looked at, or when a
// tag is lost that the client knows.
func TestDiagnosticsOfGoodFile(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
	awaitDiagnostics(t, e, open(e, w, "blog/flake.nix"), "")
	uri := open(e, w, "web ü/flake.nix")
	before, url, _ := strings.Cut(e.Text(uri), `inputs.crane.url = "github:ipetkov/crane"`)
	e.Replace(uri, len(before), len(e.Text(uri))-len(url), `inputs.crane = { follows = "pins/crane"; inputs.nixpkgs.follows = "pins/nixpkgs"; }`)
	if got := awaitDiagnostics(t, e, uri, "dead-override").Diagnostics[0]; len(got.Tags) != 1 || got.Tags[0] != 1 {
		t.Errorf("tags of %s", got.raw)
	}
}

// Breaks when an edit is judged before the debounce is over, one that is overtaken is judged at all, or the last one is not.
func TestDebounce(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := open(e, w, "web ü/flake.nix")
		synctest.Wait()
		opened := len(publications(t, e, uri))
		awaitDiagnostics(t, e, uri, "raw-url")
		begun := time.Now()
		for range 20 {
			e.Replace(uri, len(e.Text(uri)), len(e.Text(uri)), "\n")
			pass(40 * time.Millisecond)
		}
		p := awaitDiagnostics(t, e, uri, "raw-url")
		if *p.Version != 21 || time.Since(begun) != 20*40*time.Millisecond+10*time.Millisecond {
			t.Errorf("version %d after %s", *p.Version, time.Since(begun))
		}
		pass(time.Minute)
		if got := len(publications(t, e, uri)); got != opened+1 {
			t.Errorf("%d publications, want %d", got, opened+1)
		}
	})
}

// Breaks when the setting of the debounce does not count for a document that is open.
func TestDebounceSetting(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo+"-- .nix-pins.toml --\n[editor]\ndebounce = 700\n")
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		begun := time.Now()
		e.Replace(uri, len(e.Text(uri)), len(e.Text(uri)), "\n")
		if got := awaitDiagnostics(t, e, uri, "raw-url"); *got.Version != 2 || time.Since(begun) != 700*time.Millisecond {
			t.Errorf("version %d after %s", *got.Version, time.Since(begun))
		}
	})
}

// Breaks when what was said of a document stays after it is closed, or comes late from a run that was under way.
func TestDiagnosticsCleared(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := open(e, w, "web ü/flake.nix")
		awaitDiagnostics(t, e, uri, "raw-url")
		for range 50 {
			e.Close(uri)
			e.Open(uri, "nix", w.Text("web ü/flake.nix"))
		}
		e.Close(uri)
		pass(time.Minute)
		all := publications(t, e, uri)
		if last := all[len(all)-1]; last.Version != nil || len(last.Diagnostics) != 0 {
			t.Errorf("the last word is %+v", last)
		}
	})
}

// Breaks when an edit in one document does not reach what is said of another one that depends on it, or what is said is said
// again though nothing came of the edit.
func TestOtherDocuments(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e := run(t)
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		leaf, pins := open(e, w, "web ü/flake.nix"), open(e, w, "pins/flake.nix")
		awaitDiagnostics(t, e, leaf, "raw-url")
		pass(time.Minute)
		before := len(publications(t, e, leaf))
		e.Replace(pins, len(e.Text(pins)), len(e.Text(pins)), "# nothing\n")
		pass(time.Minute)
		if got := len(publications(t, e, leaf)); got != before {
			t.Errorf("%d publications, want %d", got, before)
		}
		e.Replace(pins, strings.Index(e.Text(pins), "github:ipetkov"), strings.Index(e.Text(pins), "ipetkov"), "gitlab:")
		begun := time.Now()
		awaitDiagnostics(t, e, leaf, "")
		if waited := time.Since(begun); waited != quiet {
			t.Errorf("judged again after %s", waited)
		}
		e.Close(pins) // the file still says github
		awaitDiagnostics(t, e, leaf, "raw-url")
	})
}

// Breaks when a document that is no file is judged as one, or breaks the server.
func TestDocumentWithoutFile(t *testing.T) {
	inClock(t, func(t *testing.T) {
		e := run(t)
		e.Initialize(nil)
		const uri = "untitled:flake.nix"
		e.Open(uri, "nix", "{ }")
		pass(time.Minute)
		if got := publications(t, e, uri); len(got) > 0 {
			t.Errorf("published %+v", got)
		}
	})
}

// Breaks when a document that the client spells in another way than the file's own URI is not known by its path: its flake
// has no name, and pins is not found beside it.
func TestOtherSpellingOfURI(t *testing.T) {
	w := lsptest.NewWorkspace(t, polyrepo)
	e, _ := start(t, nil)
	e.Initialize(map[string]any{"rootUri": strings.Replace(w.URI(""), "file://", "FILE://localhost", 1)})
	uri := strings.ReplaceAll(strings.ReplaceAll(w.URI("web ü/flake.nix"), "%C3%BC", "%c3%bc"), "flake.nix", "%66lake.nix")
	e.Open(uri, "nix", w.Text("web ü/flake.nix"))
	awaitDiagnostics(t, e, uri, "raw-url")
}

// Breaks when what is said of an overtaken text is sent after the client was told of the new one, or anything after shutdown.
func TestOvertakenDiagnostics(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		e, _ := startWith(t, map[string]method{
			// A run that comes to its end just as the next version comes in.
			"test/overtaken": notification(func(s *Server, p *uriParams) error {
				v := s.view()
				next := *v.document(p.URI)
				s.documents.put(&next)
				return s.judgeDocument(s.ctx, v, v.document(p.URI))
			}),
		})
		e.Initialize(map[string]any{"rootUri": w.URI("")})
		uri := open(e, w, "web ü/flake.nix")
		pass(time.Second)
		at := strings.Index(e.Text(uri), `"github:ipetkov`)
		e.Replace(uri, at, at, " ")
		before := len(publications(t, e, uri))
		e.Notify("test/overtaken", uriParams{uri})
		pass(time.Millisecond)
		if all := publications(t, e, uri); len(all) != before {
			t.Errorf("published %+v", all[before:])
		}
		e.Replace(uri, at, at, " ")
		e.Call("shutdown", nil, nil)
		pass(time.Minute)
		if all := publications(t, e, uri); len(all) != before {
			t.Errorf("published after shutdown %+v", all[before:])
		}
		e.Notify("exit", nil)
		if got := e.Wait(); got != 0 {
			t.Errorf("exit code %d", got)
		}
	})
}
