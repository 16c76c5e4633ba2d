package house

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

const root = "../.."

// goFiles copies go.mod, go.sum and all Go files but those of tests' data to a folder: what `go mod vendor` looks at.
func goFiles(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "testdata" || name == "node_modules" || name == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" && name != "go.mod" && name != "go.sum" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, relative)
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		return os.WriteFile(copied, content, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func runIn(t *testing.T, dir, program string, arguments ...string) string {
	t.Helper()
	command := exec.Command(program, arguments...)
	command.Dir = dir
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, arguments, err, stderr.String())
	}
	return string(out)
}

// packageArguments is what package.nix hands to buildGoModule, as a real Nix evaluates it with a nixpkgs of which there is nothing but what it asks for.
func packageArguments(t *testing.T, nix *realtools.Nix, dir string) (arguments struct {
	VendorHash, ModPostBuild, Main string
	Extensions, Embedded           []string
	SubPackages                    []string
}) {
	t.Helper()
	path := copyTo(t, "package.nix", dir)
	answer := nix.Eval(t, []string{`
		let
			lib = {
				fileset = {
					toSource = x: x.fileset;
					unions = x: x;
					fileFilter = accepts: _: {
						extensions = builtins.filter (e: accepts { hasExt = x: x == e; }) [ "go" "c" "h" "pgo" "md" "json" ];
					};
				};
				any = builtins.any;
				optionalString = yes: s: if yes then s else "";
				licenses.mit = "MIT";
			};
			arguments = import ` + realtools.Literal(path) + ` {
				inherit lib;
				stdenv = { buildPlatform.canExecute = _: true; hostPlatform = { }; };
				buildGoModule = x: x;
				installShellFiles = "installShellFiles";
			};
		in {
			inherit (arguments) vendorHash modPostBuild subPackages;
			main = arguments.meta.mainProgram;
			extensions = builtins.concatMap (x: x.extensions or [ ]) arguments.src;
			embedded = map toString (builtins.filter builtins.isPath arguments.src);
		}`})[0]
	if answer.Err != nil {
		t.Fatal(answer.Err)
	}
	if err := json.Unmarshal(answer.JSON, &arguments); err != nil {
		t.Fatal(err)
	}
	for i, path := range arguments.Embedded {
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		arguments.Embedded[i] = relative
	}
	return arguments
}

func copyTo(t *testing.T, name, dir string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Breaks when the modules that package.nix vendors are others than its hash says, or do not hold the C of tree-sitter: Nix would
// refuse to build. (buildGoModule itself comes from a nixpkgs, which is not here: what it does with these arguments is done by hand.)
func TestNixPackage(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	arguments := packageArguments(t, nix, dir)
	goFiles(t, dir)
	runIn(t, dir, "go", "mod", "vendor")
	runIn(t, dir, "bash", "-euc", arguments.ModPostBuild)
	hash, _, err := nix.Run("", "hash", "path", filepath.Join(dir, "vendor"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(hash)); got != arguments.VendorHash {
		t.Errorf("package.nix: vendorHash is %q, but what is vendored has %q", arguments.VendorHash, got)
	}
	for _, header := range []string{"include/tree_sitter/api.h", "src/lib.c"} {
		if _, err := os.Stat(filepath.Join(dir, "vendor/github.com/tree-sitter/go-tree-sitter", header)); err != nil {
			t.Error(err)
		}
	}
	for _, name := range arguments.SubPackages {
		if filepath.Base(name) != arguments.Main {
			t.Errorf("meta.mainProgram is %q, the package %s", arguments.Main, name)
		}
	}
}

// Breaks when a file that the program is built from is none of those that package.nix takes into its source.
func TestNixPackageSource(t *testing.T) {
	dir := realtools.TempDir(t)
	arguments := packageArguments(t, realtools.NewNix(t), dir)
	out := runIn(t, root, "go", "list", "-pgo=off", "-f", `{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}{{range .CgoFiles}}{{$dir}}/{{.}}
{{end}}{{range .CFiles}}{{$dir}}/{{.}}
{{end}}{{range .HFiles}}{{$dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}`, "./...")
	absolute, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(out)
	for _, file := range append(files, filepath.Join(absolute, "cmd/nix-pins-lsp/default.pgo")) {
		name, err := filepath.Rel(absolute, file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(arguments.Extensions, strings.TrimPrefix(filepath.Ext(name), ".")) &&
			!slices.ContainsFunc(arguments.Embedded, func(e string) bool { return name == e || strings.HasPrefix(name, e+"/") }) {
			t.Errorf("package.nix leaves %s out of its source", name)
		}
	}
	if len(files) < 100 {
		t.Errorf("only %d files were looked at", len(files))
	}
}

// Breaks when flake.lock is not what flake.nix asks for, or flake.nix gives other outputs than the README tells of.
func TestFlake(t *testing.T) {
	nix := realtools.NewNix(t)
	dir := realtools.TempDir(t)
	flake := copyTo(t, "flake.nix", dir)
	copyTo(t, "flake.lock", dir)
	copyTo(t, "package.nix", dir)
	if _, _, err := nix.FlakeMetadata("path:"+dir, "--no-update-lock-file"); err != nil {
		t.Error(err)
	}
	answer := nix.Eval(t, []string{`
		let
			pkgs = {
				callPackage = path: arguments: arguments.version;
				mkShell = x: "shell";
				stdenv.hostPlatform.system = "x86_64-linux";
				nixfmt = "nixfmt"; nodejs = "nodejs"; gopls = "gopls";
			};
			outputs = (import ` + realtools.Literal(flake) + `).outputs {
				self = outputs // { shortRev = "0123456"; };
				nixpkgs = {
					lib.genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
					legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; })
						[ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]);
				};
			};
		in {
			systems = builtins.attrNames outputs.packages;
			shell = outputs.devShells.x86_64-linux.default;
			overlay = builtins.attrNames (outputs.overlays.default pkgs pkgs);
		}`})[0]
	if answer.Err != nil {
		t.Fatal(answer.Err)
	}
	want := `{"overlay":["nix-pins-lsp"],"shell":"shell","systems":["aarch64-darwin","aarch64-linux","x86_64-darwin","x86_64-linux"]}`
	if got := string(answer.JSON); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
