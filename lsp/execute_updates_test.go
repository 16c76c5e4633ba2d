package lsp

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
)

// Breaks when a branch that has moved is not told of, or one that has not is; when what Git cannot answer, or a repository that is gone, is
// passed over without a reason; when a lock is touched; or when an answer is asked for twice within minutes.
func TestCheckForUpdates(t *testing.T) {
	dir := realtools.TempDir(t)
	first := realtools.GitCommit(t, dir+"/repo", map[string]string{"x": "1"})
	realtools.GitCommit(t, dir+"/repo", nil)
	git := func(arguments ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-C", dir + "/repo"}, arguments...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
	}
	git("branch", "stable", first)
	git("-c", "user.name=t", "-c", "user.email=t@example.org", "tag", "--annotate", "--message=t", "v1", first)
	newest := realtools.GitCommit(t, dir+"/repo", map[string]string{"x": "2"})
	bare := exec.Command("git", "clone", "--quiet", "--bare", dir+"/repo", dir+"/bare.git")
	if out, err := bare.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	type input struct{ name, url string }
	inputs := []input{
		{"moved", "git+file://DIR/bare.git?ref=main"}, {"default", "git+file://DIR/bare.git"}, {"same", "git+file://DIR/bare.git?ref=stable"}, {"tagged", "git+file://DIR/bare.git?ref=refs/tags/v1"},
		{"nobranch", "git+file://DIR/bare.git?ref=nope"}, {"gone", "git+file://DIR/gone.git"}, {"held", "git+file://DIR/bare.git?rev=" + first}, {"folder", "path:DIR/repo"},
		{"archive", "https://example.org/x.tar.gz"}, {"hub", "https://flakehub.com/f/NixOS/nixpkgs/0.1.tar.gz"},
	}
	var manifest, nodes, root strings.Builder
	for _, in := range inputs {
		manifest.WriteString("  inputs." + in.name + ".url = \"" + in.url + "\";\n")
		_, ref, _ := strings.Cut(in.url, "?ref=")
		original := map[string]string{"type": "git", "url": "file://" + dir + "/bare.git"}
		if ref != "" {
			original["ref"] = ref
		}
		node, err := json.Marshal(map[string]any{"original": original, "locked": map[string]any{"type": "git", "url": "file://" + dir + "/bare.git", "rev": first, "narHash": "sha256-a", "lastModified": 1}})
		if err != nil {
			t.Fatal(err)
		}
		nodes.WriteString(`"` + in.name + `":` + string(node) + ",")
		root.WriteString(`"` + in.name + `":"` + in.name + `",`)
	}
	archive := "-- pins/flake.nix --\n{\n" + strings.ReplaceAll(manifest.String(), "DIR", dir) + "  inputs.follows.follows = \"moved\";\n  outputs = _: { };\n}\n" +
		"-- pins/flake.lock --\n{\"nodes\":{" + nodes.String() + `"root":{"inputs":{` + root.String() + `"follows":["moved"]}}},"root":"root","version":7}` + "\n"
	path, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	p := startProgrammed(t, archive, `exec '`+path+`' "$@"`, nil, nil)
	asked := 0
	p.Handle("window/showMessageRequest", func(params json.RawMessage) (any, error) {
		asked++
		if strings.Contains(string(params), "and the same for ") != (asked == 1) || !strings.Contains(string(params), " ls-remote --quiet -- "+dir) {
			t.Errorf("asked %s", params)
		}
		return map[string]any{"title": "Run"}, nil
	})
	lock := p.w.Text("pins/flake.lock")
	var result told
	p.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.checkForUpdates"}, &result)
	if len(result.Flakes) != 1 || result.Flakes[0].URI != p.w.URI("pins") || len(result.Flakes[0].Inputs) != len(inputs) {
		t.Fatalf("told %+v", result)
	}
	want := map[string]string{
		"moved": newest + " refs/heads/main moved", "default": newest + " HEAD moved", "same": first + " refs/heads/stable", "tagged": first + " refs/tags/v1",
		"nobranch": "has no branch or tag nope", "gone": "does not appear to be a git repository", "held": "held at a commit by its own reference",
		"folder": "a folder on this disk", "archive": "an archive, which only a download could compare", "hub": "a release of NixOS/nixpkgs on FlakeHub",
	}
	for _, in := range result.Flakes[0].Inputs {
		got := in.Rev + " " + in.Ref
		if in.Moved {
			got += " moved"
		}
		if in.Reason != "" {
			got = in.Reason
		}
		if in.Reason == "" && got != want[in.Input] || !strings.Contains(got, want[in.Input]) {
			t.Errorf("%s: %s, want %s", in.Input, got, want[in.Input])
		}
		if in.Locked == nil || in.Locked.Rev != first {
			t.Errorf("%s is locked at %v", in.Input, in.Locked)
		}
	}
	if _, text := shownMessage(t, p.Editor); !strings.HasPrefix(text, "There are updates. moved: "+first[:10]+" (1970-01-01) → "+newest[:10]+"; default: ") || !strings.Contains(text, "Not known: nobranch: ") {
		t.Errorf("the person is shown %s", text)
	}
	// Six remotes are distinct.
	if ran, asked := p.ran(t), len(p.Received("window/showMessageRequest")); ran != 6 || asked != 1 {
		t.Errorf("git ran %d times, the person was asked %d times", ran, asked)
	}
	result = told{}
	p.Call("workspace/executeCommand", execute("nix-pins.checkForUpdates", map[string]any{"uri": p.w.URI("pins/flake.nix"), "input": "follows"}), &result)
	if len(result.Flakes) != 1 || len(result.Flakes[0].Inputs) != 1 || result.Flakes[0].Inputs[0].Rev != newest || !result.Flakes[0].Inputs[0].Moved {
		t.Errorf("told %+v", result)
	}
	if ran, asked := p.ran(t), len(p.Received("window/showMessageRequest")); ran != 6 || asked != 1 {
		t.Errorf("git ran %d times, the person was asked %d times", ran, asked)
	}
	// Only what could not be answered is asked again.
	if err := os.Rename(dir+"/bare.git", dir+"/gone.git"); err != nil {
		t.Fatal(err)
	}
	result = told{}
	p.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.checkForUpdates"}, &result)
	if ran, again := p.ran(t), result.Flakes[0].Inputs[5]; ran != 7 || again.Input != "gone" || again.Rev != newest || again.Reason != "" {
		t.Errorf("git ran %d times, told %+v", ran, again)
	}
	if p.w.Text("pins/flake.lock") != lock {
		t.Error("the lock has changed")
	}
	if log, err := os.ReadFile(p.w.Path("ran")); err != nil || strings.Contains(string(log), "example.org") {
		t.Errorf("ran %s, %v", log, err)
	}
}

// Breaks when a check that is cancelled leaves its programs running, or goes on to ask others.
func TestCancelCheck(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FIFO", fifo)
	p := startProgrammed(t, oneFlake, `exec 3>"$FIFO"; echo ready >&3; sleep 60`, map[string]any{"trusted": true}, nil)
	id := p.Request("workspace/executeCommand", execute("nix-pins.checkForUpdates", map[string]any{"uri": p.uri()}))
	file, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.SetReadDeadline(time.Now().Add(lsptest.Deadline)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(file)
	if line, err := in.ReadString('\n'); line != "ready\n" {
		t.Fatal(line, err)
	}
	p.Cancel(id)
	if said, err := io.ReadAll(in); err != nil || len(said) > 0 {
		t.Errorf("said %q, %v", said, err)
	}
	if answer := p.Await(id); code(answer) != codeRequestCancelled {
		t.Errorf("answered %v", answer)
	}
}
