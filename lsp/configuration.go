package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"

	protocol "github.com/tliron/glsp/protocol_3_16"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

// settingsSection is the name of our settings among all of an editor's.
const settingsSection = "nixPins"

// section is our settings out of an object that may be these or hold these among others: clients differ in what they send
// as initializationOptions.
func section(value any) any {
	if all, ok := value.(map[string]any); ok && all[settingsSection] != nil {
		return all[settingsSection]
	}
	return value
}

// withoutTrust is an object without its member trusted, which is said once and is no setting.
func withoutTrust(value any) any {
	all, ok := value.(map[string]any)
	if !ok || all["trusted"] == nil {
		return value
	}
	settings := maps.Clone(all)
	delete(settings, "trusted")
	return settings
}

// encodeSettings is how two settings objects are compared, and what the workspace gets: nil for none.
func encodeSettings(value any) []byte {
	if value == nil {
		return nil
	}
	encoded, err := json.Marshal(value)
	if err != nil { // it was decoded from JSON
		panic(err)
	}
	return encoded
}

// configure asks the client for our settings, and to be told of changes.
func (s *Server) configure() {
	if s.client.ConfigurationRegistration {
		s.register("workspace/didChangeConfiguration", map[string]string{"section": settingsSection}, func() {})
	}
	s.pullSettings()
}

// pullSettings asks the client for our settings if it can be asked. A client that has none for us leaves those of
// initialize as they are.
func (s *Server) pullSettings() {
	if !s.client.Configuration {
		return
	}
	s.pulls++
	pull := s.pulls
	name := settingsSection
	s.background("ask for settings", func(ctx context.Context) error {
		var answers []any
		params := protocol.ConfigurationParams{Items: []protocol.ConfigurationItem{{Section: &name}}}
		if err := s.connection.call(ctx, "workspace/configuration", params, &answers); err != nil {
			return err
		}
		s.turn("settings", func() {
			if pull == s.pulls && len(answers) == 1 && answers[0] != nil {
				s.setSettings(answers[0])
			}
		})
		return nil
	})
}

// didChangeConfigurationParams are our own, because clients send null, an object of all sections, or only what changed.
type didChangeConfigurationParams struct {
	Settings any `json:"settings"`
}

// didChangeConfiguration takes what the client pushes, or asks it where it can be asked: many clients then push nothing.
func didChangeConfiguration(s *Server, params *didChangeConfigurationParams) error {
	if s.client.Configuration {
		s.pullSettings()
	} else if settings := (shape{params.Settings}).at(settingsSection); settings.object() {
		s.setSettings(settings.value)
	}
	return nil
}

// setSettings applies the editor's settings at once. They may say which folders are searched, so these are searched again.
func (s *Server) setSettings(value any) {
	settings := encodeSettings(value)
	if bytes.Equal(settings, s.settings) {
		return
	}
	s.settings = settings
	s.workspace.SetSettings(settings)
	s.reportSettings()
	s.index()
	s.judgeOpenDocuments(0)
}

// reportSettings tells the person what is wrong in the editor's settings: there is no file to show it in.
func (s *Server) reportSettings() {
	for _, fault := range diagnostics.SettingFaults(s.workspace.Snapshot().EditorSettings()) {
		s.log.Warn("a setting of the editor cannot be used", "why", fault)
		err := s.connection.notify("window/showMessage", protocol.ShowMessageParams{
			Type: protocol.MessageTypeWarning, Message: "nix-pins-lsp settings: " + fault,
		})
		if err != nil {
			s.log.Error("cannot show a message", "error", err)
		}
	}
}
