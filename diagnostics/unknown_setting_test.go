package diagnostics_test

import (
	"slices"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
)

// Breaks when what is wrong in an editor's settings is not said in whole sentences, each once, or something is said of good ones or of none.
func TestSettingFaults(t *testing.T) {
	if got := diagnostics.SettingFaults(nil); got != nil {
		t.Errorf("of no settings: %q", got)
	}
	for settings, want := range map[string][]string{
		`{ "pins": { "reference": "github:acme/pins" }, "preview": true }`: nil,
		`{ "pins": { "reference": "" } }`:                                  nil,
		`{ "preveiw": true, "pins": { "reference": "acme pins" } }`: {
			"There is no setting \"preveiw\"; was `preview` meant?",
			"The value of `pins.reference` is no reference to a flake: Nix would read `acme pins` as a path.",
		},
		`{ "pins": { "reference": 1 } }`: {"`pins.reference` takes a string, found 1."},
	} {
		if got := diagnostics.SettingFaults(config.ParseJSON([]byte(settings), diagnostics.Codes())); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", settings, got, want)
		}
	}
}
