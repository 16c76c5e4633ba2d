package diagnostics_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

// Breaks when a flake is given a pins input though a function that it passes all inputs to may not accept it, or is refused one though
// there is nothing to adopt or each function takes any set.
func TestAdoptWhereAllInputsArePassed(t *testing.T) {
	for _, c := range []struct{ url, outputs, want string }{
		{"github:acme/lib", `inputs: import ./o.nix inputs`, "line 3 passes all inputs to a function, which may not accept one more"},
		{"github:acme/lib", `{ self, lib }@args: import ./o.nix args`, "line 3 passes all inputs to a function, which may not accept one more"},
		{"github:acme/lib", `inputs: (({ self, lib }: { }) inputs)`, "line 3 passes all inputs to a function, which may not accept one more"},
		{"github:acme/lib", `inputs: (({ self, ... }: { }) inputs)`, ""},
		{"github:acme/lib", `inputs: inputs.lib.mkFlake { inherit inputs; } { }`, ""},
		{"github:acme/own", `inputs: import ./o.nix inputs`, "nothing"},
	} {
		dir := layFlakes(t, `
-- .nix-pins.toml --
[pins]
reference = "github:acme/pins"
-- pins/flake.nix --
{ inputs.lib.url = "github:acme/lib"; outputs = _: { }; }
-- leaf/flake.nix --
{
  inputs.lib.url = "`+c.url+`";
  outputs = `+c.outputs+`;
}
`)
		path := filepath.Join(dir, "leaf", "flake.nix")
		a, err := diagnostics.Adopt(context.Background(), openWorkspace(t, dir, filepath.Join(dir, "nobody")).Snapshot(), path)
		switch {
		case err != nil:
			if a != nil || err.Error() != c.want {
				t.Errorf("%s: %v, want %q", c.outputs, err, c.want)
			}
		case a == nil:
			if c.want != "nothing" {
				t.Errorf("%s: nothing is adopted, want %q", c.outputs, c.want)
			}
		case c.want != "" || !strings.Contains(a.Text, `lib.follows = "pins/lib"`):
			t.Errorf("%s: adopted, want %q:\n%s", c.outputs, c.want, a.Text)
		}
	}
}
