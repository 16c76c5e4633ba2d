package parse

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when Nix's flake reader takes a form that is called a thunk here, or finds a thunk where none is seen.
func TestThunksAsNix(t *testing.T) {
	nix := realtools.NewNix(t)
	nix.Recorded(t)
	dir := realtools.TempDir(t)
	realtools.WriteFiles(t, dir, map[string]string{"dep/flake.nix": "{ outputs = _: { }; }"})
	dep := "path:" + filepath.Join(dir, "dep")
	forms := []string{
		`"DEP"`, `''DEP''`, `DEP`, `("DEP")`, `"${"DEP"}"`, `''${"DEP"}''`, `"DEP" + ""`, `./dep`, `./${"dep"}`, `<dep>`, `1`, `1.5`, `-1`, `true`, `null`,
		`!true`, `[ "DEP" ]`, `{ }`, `{ a = 1; }`, `{ ${"a" + "b"} = 1; }`, `{ ${"a"} = 1; }`, `x: x`, `(x: x) "DEP"`, `if true then "DEP" else ""`,
		`let x = "DEP"; in x`, `with { }; "DEP"`, `assert true; "DEP"`, `{ a = "DEP"; }.a`, `rec { a = 1; }`, `{ } // { }`, `import ./x.nix`, `builtins`, `map`,
		`__curPos`, `''DEP''\n''`, "''\n  DEP''", `''a''$b''`, `''''`, `""`, `{ } ? a`, `__nixPath`, `derivation`,
	}
	flakes := []string{
		`{ description = "a" + "b"; outputs = _: { }; }`, `{ description = ''a'''b''; outputs = _: { }; }`, `{ inputs = { } // { }; outputs = _: { }; }`,
		`{ inputs = let in { }; outputs = _: { }; }`, `{ inputs.a = { } // { }; outputs = _: { }; }`, `{ inputs.a = { url = "DEP"; flake = !false; }; outputs = _: { }; }`,
		`{ inputs.a = { url = "DEP"; inputs = { } // { }; }; outputs = _: { }; }`, `{ inputs.a = { url = "DEP"; inputs.b = { } // { }; }; outputs = _: { }; }`,
		`{ inputs.a = { url = "DEP"; inputs.b.follows = "" + ""; }; outputs = _: { }; }`, `{ inputs.a = { url = "DEP"; inputs.b.follows = ""; }; outputs = _: { }; }`,
		`{ inputs.a.follows = "a" + ""; outputs = _: { }; }`, `{ inputs.a = { type = "path"; path = "DE" + "P"; }; outputs = _: { }; }`,
		`{ inputs.a = { type = "pa" + "th"; path = "/x"; }; outputs = _: { }; }`, `{ inputs.self = { } // { }; outputs = _: { }; }`,
		`{ inputs.self.submodules = !false; outputs = _: { }; }`, `{ inputs.self.submodules = true; outputs = _: { }; }`,
		`{ outputs = import ./x.nix; }`, `{ outputs = (x: x) (y: y); }`, `{ outputs = (x: { }); }`, `{ outputs = let in _: { }; }`, `{ outputs = import; }`,
		`{ nixConfig = { } // { }; outputs = _: { }; }`, `{ nixConfig.bash-prompt = "a" + "b"; outputs = _: { }; }`, `{ nixConfig.bash-prompt = "a"; outputs = _: { }; }`,
		`{ nixConfig.extra-substituters = [ ("a" + "b") ]; outputs = _: { }; }`, `{ nixConfig.extra-substituters = [ "a" "b" ]; outputs = _: { }; }`,
		`{ nixConfig.extra-substituters = [ ] ++ [ ]; outputs = _: { }; }`, `{ nixConfig.max-jobs = 1 + 1; outputs = _: { }; }`,
		`rec { x = "DEP"; outputs = _: { }; }`, `rec { inputs.a.url = description; description = "DEP"; outputs = _: { }; }`,
		`rec { description = "DEP"; inputs = rec { a.url = description; }; outputs = _: { }; }`,
		`rec { inputs = { a = { inherit url; }; }; description = url; outputs = _: { }; }`, `{ inputs = { inherit ({ a.url = "DEP"; }) a; }; outputs = _: { }; }`,
		`rec { inputs = { a = { inherit description; }; }; description = "DEP"; outputs = _: { }; }`,
		`{ inputs = rec { a.url = "DEP"; b = a; }; outputs = _: { }; }`, `{ inputs = rec { b = a; a.url = "DEP"; }; outputs = _: { }; }`,
		`{ inputs = rec { b = c; c = a; a.url = "DEP"; }; outputs = _: { }; }`, `{ inputs = rec { a.url = "DEP"; c = a; b = c; }; outputs = _: { }; }`,
		`{ outputs = { self, a, b }: { }; inputs = rec { b = a; a.url = "DEP"; }; }`, `{ outputs = { self, b, a }: { }; inputs = rec { b = a; a.url = "DEP"; }; }`,
		`{ outputs = a: { }; inputs = rec { b = a; a.url = "DEP"; }; }`, `{ outputs = a: b: { }; inputs = rec { b = a; a.url = "DEP"; }; }`,
		`{ outputs = x: a; inputs = rec { b = a; a.url = "DEP"; }; }`, `{ outputs = x: x.a; inputs = rec { b = a; a.url = "DEP"; }; }`,
		`{ inputs = rec { b = path; path.url = "DEP"; }; outputs = _: { }; }`, `{ inputs = rec { b = map; map.url = "DEP"; }; outputs = _: { }; }`,
		`{ inputs = rec { b = url; url.url = "DEP"; }; outputs = _: { }; }`, `{ inputs = rec { b = currentSystem; currentSystem.url = "DEP"; }; outputs = _: { }; }`,
		`{ inputs = rec { b = path; c = b; path.url = "DEP"; }; outputs = _: { }; }`, `{ inputs = rec { "b" = "a" + "b"; a = b; }; outputs = _: { }; }`,
		`{ inputs = rec { b = { inherit (a) url; }; a.url = "DEP"; }; outputs = _: { }; }`, `{ inputs.a = rec { flake = true; url = "DEP"; }; outputs = _: { }; }`,
		`{ inputs = { a.url = "DEP"; ${"b" + ""}.url = "DEP"; }; outputs = _: { }; }`, `{ inputs.${"b" + ""}.url = "DEP"; outputs = _: { }; }`,
		`{ inputs.a.${"url" + ""} = "DEP"; outputs = _: { }; }`, `{ ${"x" + ""} = 1; outputs = _: { }; }`, `{ inputs.a.${"url"} = "DEP"; outputs = _: { }; }`,
		`{ inputs = rec { a = { url = "DEP"; }; }; inputs.b = a; outputs = _: { }; }`, `{ inputs.b = { }; inputs.a = rec { url = flake; flake = "DEP"; }; outputs = _: { }; }`,
		`{ inputs.a = rec { flake = url; url = "DEP"; }; outputs = _: { }; }`, `{ inputs = (rec { "a".url = "DEP"; b = a; }); outputs = _: { }; }`,
		`{ inputs = rec { b = a; "a".url = "DEP"; }; outputs = _: { }; }`, `{ inputs = rec { x.inputs.a.follows = ""; b = a; a.url = "DEP"; }; outputs = _: { }; }`,
		`{ inputs.a = { url = "DEP"; publicKeys = [ ] ++ [ ]; }; outputs = _: { }; }`,
	}
	for _, form := range forms {
		flakes = append(flakes, fmt.Sprintf(`{ inputs.a.url = %s; outputs = _: { }; }`, form))
	}
	names := make([]string, len(flakes))
	files := map[string]string{}
	for i, flake := range flakes {
		names[i] = fmt.Sprintf("flake%d", i)
		files[names[i]+"/flake.nix"] = strings.ReplaceAll(flake, "DEP", dep)
		files[names[i]+"/dep/flake.nix"] = "{ outputs = _: { }; }"
	}
	realtools.WriteFiles(t, dir, files)
	var wait sync.WaitGroup
	turn := make(chan bool, 2)
	for i, name := range names {
		wait.Go(func() {
			turn <- true
			_, _, err := nix.FlakeMetadata("path:"+filepath.Join(dir, name), "--no-write-lock-file")
			<-turn
			// Of an element of a list Nix names the type of the list.
			thunk := err != nil && (strings.Contains(err.Error(), "a thunk") || strings.Contains(err.Error(), "list element"))
			if m := Parse(Flake, files[name+"/flake.nix"]); thunk != (len(m.Thunks) > 0) || len(m.Errors) > 0 != (err != nil && strings.Contains(err.Error(), "undefined")) {
				t.Errorf("%s\n  Nix: %v\n  here: %v %v", flakes[i], err, m.Thunks, m.Errors)
			}
		})
	}
	wait.Wait()
}
