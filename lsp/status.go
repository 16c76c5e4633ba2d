package lsp

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// serverStatus is how the server is, for a client that shows it (capability experimental.serverStatusNotification). The Language Server
// Protocol has no such thing; method and shape are those of rust-analyzer, which clients know: health is ok, warning or error, and
// quiescent says that nothing is being read.
type serverStatus struct {
	Health    string `json:"health"`
	Quiescent bool   `json:"quiescent"`
	Message   string `json:"message"`
}

// reportStatus sends how the server is, if that is news.
func (s *Server) reportStatus() {
	if !s.client.ServerStatus {
		return
	}
	if !s.indexed {
		s.sendStatus(serverStatus{Health: "ok", Message: "reading flakes"})
		return
	}
	v := s.view()
	s.background("find out the status", func(context.Context) error {
		status := statusOf(v.snapshot)
		s.turn("send the status", func() {
			if s.indexed {
				s.sendStatus(status)
			}
		})
		return nil
	})
}

// sendStatus is for the queue.
func (s *Server) sendStatus(status serverStatus) {
	if status == s.status {
		return
	}
	s.status = status
	if err := s.connection.notify("experimental/serverStatus", status); err != nil {
		s.log.Error("cannot send the status", "error", err)
	}
}

// statusOf is the status of a workspace that has been read.
func statusOf(snapshot *workspace.Snapshot) serverStatus {
	flakes := 0
	for range snapshot.Flakes() {
		flakes++
	}
	message := counted(flakes, "flake")
	var pins []string
	for _, id := range snapshot.AllPins() {
		if id.Dir != "" {
			pins = append(pins, filepath.Base(id.Dir))
		} else {
			pins = append(pins, string(id.Source))
		}
	}
	if len(pins) > 0 {
		message += ", pins is " + strings.Join(pins, " and ")
	} else {
		message += ", and none of them has pins"
	}
	status := serverStatus{Health: "ok", Quiescent: true, Message: message}
	if folders := snapshot.Unsearchable(); len(folders) > 0 {
		status.Health = "warning"
		status.Message += fmt.Sprintf("; %s cannot be searched: %s", counted(len(folders), "folder"), strings.Join(folders[:min(3, len(folders))], ", "))
	}
	if faults := diagnostics.SettingFaults(snapshot.EditorSettings()); len(faults) > 0 {
		status.Health = "warning"
		status.Message += fmt.Sprintf("; %s of the editor cannot be used: %s", counted(len(faults), "setting"), strings.TrimSuffix(faults[0], "."))
	}
	return status
}

func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
