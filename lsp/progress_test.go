package lsp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
)

// working is a work of n steps that takes a second a step.
func working() map[string]method {
	return map[string]method{
		"test/work": notification(func(s *Server, params *struct{ Steps int }) error {
			progress := s.workDone("Working")
			s.background("work", func(context.Context) error {
				defer progress.end()
				for i := range params.Steps {
					pass(time.Second)
					progress.report(fmt.Sprint("step ", i+1), 100*(i+1)/params.Steps)
				}
				return nil
			})
			return nil
		}),
	}
}

// Breaks when long work is not shown from its beginning to its end, in that order and under a token that the client made; or
// short work flickers by.
func TestProgress(t *testing.T) {
	for name, test := range map[string]struct {
		steps int
		want  string
	}{
		"long":  {3, "begin report report report end"},
		"short": {0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				e, _ := startWith(t, working())
				e.Initialize(map[string]any{"capabilities": full(t)})
				e.Notify("test/work", map[string]int{"steps": test.steps})
				pass(time.Minute)
				var kinds []string
				for _, m := range e.Received("$/progress") {
					var p struct {
						Token string
						Value struct{ Kind, Title, Message string }
					}
					if err := json.Unmarshal(m.Params, &p); err != nil {
						t.Fatal(err)
					}
					if created := string(e.Received("window/workDoneProgress/create")[0].Params); created != fmt.Sprintf(`{"token":%q}`, p.Token) {
						t.Errorf("token %s was not made: %s", p.Token, created)
					}
					if p.Value.Kind == "begin" && p.Value.Title != "Working" || p.Value.Kind == "report" && !strings.HasPrefix(p.Value.Message, "step ") {
						t.Errorf("%s", m.Params)
					}
					kinds = append(kinds, p.Value.Kind)
				}
				if got := strings.Join(kinds, " "); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}

// Breaks when a client that shows no progress is asked to, or one that refuses is told of it all the same.
func TestNoProgress(t *testing.T) {
	for name, capabilities := range map[string]func(*testing.T) map[string]any{
		"cannot":   func(*testing.T) map[string]any { return map[string]any{} },
		"will not": full,
	} {
		t.Run(name, func(t *testing.T) {
			inClock(t, func(t *testing.T) {
				e, _ := startWith(t, working())
				e.Handle("window/workDoneProgress/create", func(json.RawMessage) (any, error) { return nil, &lsptest.ResponseError{Code: -1, Message: "no"} })
				e.Initialize(map[string]any{"capabilities": capabilities(t)})
				e.Notify("test/work", map[string]int{"steps": 3})
				pass(time.Minute)
				if got := e.Received("$/progress"); len(got) > 0 {
					t.Errorf("sent %s", got[0].Params)
				}
				if asked := len(e.Received("window/workDoneProgress/create")); asked > 0 && name == "cannot" {
					t.Error("asked")
				}
			})
		})
	}
}
