package lsp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/ide/commands"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
	"go.uber.org/goleak"
)

// oneFlake is a flake with a lock of one input.
const oneFlake = `
-- flake.nix --
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = _: { };
}
-- flake.lock --
{
  "nodes": {
    "nixpkgs": {
      "locked": { "lastModified": 1785542400, "narHash": "sha256-a", "owner": "NixOS", "repo": "nixpkgs", "rev": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "type": "github" },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": { "inputs": { "nixpkgs": "nixpkgs" } }
  },
  "root": "root",
  "version": 7
}
`

// programmed is a server whose nix, or git, is a script of the test. Each run of it adds its arguments to the file "ran".
type programmed struct {
	*lsptest.Editor
	w       *lsptest.Workspace
	log     *logged
	program string
}

func (p *programmed) uri() string { return p.w.URI("flake.nix") }

// ran is how often the program ran.
func (p *programmed) ran(t *testing.T) int {
	t.Helper()
	content, err := os.ReadFile(p.w.Path("ran"))
	if os.IsNotExist(err) {
		return 0
	} else if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(content), "\n")
}

// startProgrammed starts a server over a workspace. options are added to its initialization options, client may change its capabilities.
func startProgrammed(t *testing.T, archive, script string, options map[string]any, client func(capabilities map[string]any)) *programmed {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	p := &programmed{w: lsptest.NewWorkspace(t, archive), log: &logged{}}
	program := filepath.Join(t.TempDir(), "program")
	p.program = program
	script = "#!/bin/sh\necho \"$*\" >> '" + p.w.Path("ran") + "'\n" + script + "\n"
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	p.Editor = lsptest.Start(t, func(in io.Reader, out io.Writer) int {
		s := newServer(Options{Log: slog.New(slog.NewJSONHandler(p.log, nil)), Environment: workspace.Environment{Home: home}})
		return s.serve(context.Background(), in, out)
	})
	settings := map[string]any{"commands": map[string]any{"nix": program, "git": program}}
	for name, value := range options {
		settings[name] = value
	}
	capabilities := full(t)
	if client != nil {
		client(capabilities)
	}
	p.Initialize(map[string]any{"rootUri": p.w.URI(""), "capabilities": capabilities, "initializationOptions": settings})
	p.log.await(t, `"msg":"indexed"`)
	return p
}

// Breaks when a command is not declared, one is declared that is not there, or the table that others read has other names.
func TestCommandsAreDeclared(t *testing.T) {
	e, _ := start(t, nil)
	var result struct {
		Capabilities struct {
			ExecuteCommandProvider struct {
				Commands         []string
				WorkDoneProgress bool
			}
		}
	}
	if err := json.Unmarshal(e.Initialize(nil), &result); err != nil {
		t.Fatal(err)
	}
	got := result.Capabilities.ExecuteCommandProvider
	want := []string{
		"nix-pins.updateInput", "nix-pins.lock", "nix-pins.updatePins", "nix-pins.tryUpgrade", "nix-pins.pinRegistry", "nix-pins.checkForUpdates", "nix-pins.reindex", "nix-pins.openReport",
	}
	if !slices.Equal(got.Commands, want) || !got.WorkDoneProgress {
		t.Errorf("declared %+v, want %v", got, want)
	}
	if len(executors) != len(want) {
		t.Errorf("there are %d commands", len(executors))
	}
	for _, name := range commands.Names() {
		if executors[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
}

// Breaks when arguments of a wrong shape, or that could become an option of a program, do anything but to be refused with a reason; or
// when a program runs for them.
func TestCommandArguments(t *testing.T) {
	p := startProgrammed(t, oneFlake, "", map[string]any{"trusted": true}, nil)
	if err := os.MkdirAll(p.w.Path("empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		params string
		code   int
		want   string
	}{
		{`{"command":"nix-pins.nope"}`, -32602, `there is no command "nix-pins.nope"`},
		{`{}`, -32602, `there is no command ""`},
		{`{"command":7}`, -32602, "params of a wrong shape"},
		{`{"command":"nix-pins.lock","arguments":{}}`, -32602, "params of a wrong shape"},
		{`{"command":"nix-pins.lock","arguments":[{},{}]}`, -32602, "nix-pins.lock takes one object, found 2 arguments"},
		{`{"command":"nix-pins.lock","arguments":["URI"]}`, -32602, "arguments of a wrong shape"},
		{`{"command":"nix-pins.lock","arguments":[{"uri":7}]}`, -32602, "arguments of a wrong shape"},
		{`{"command":"nix-pins.lock"}`, -32602, "`uri` names a flake on this disk"},
		{`{"command":"nix-pins.lock","arguments":[{"uri":"untitled:1"}]}`, -32602, "`uri` names a flake on this disk"},
		{`{"command":"nix-pins.lock","arguments":[{"uri":"DIR/empty"}]}`, codeRequestFailed, "holds no flake.nix"},
		{`{"command":"nix-pins.lock","arguments":[{"uri":"DIR/gone/flake.nix"}]}`, codeRequestFailed, "holds no flake.nix"},
		{`{"command":"nix-pins.updateInput","arguments":[{"uri":"URI"}]}`, -32602, "no input is named"},
		{`{"command":"nix-pins.updateInput","arguments":[{"uri":"URI","input":"--commit-lock-file"}]}`, -32602, "is no path to an input"},
		{`{"command":"nix-pins.updateInput","arguments":[{"uri":"URI","input":"nixpkgs/-x"}]}`, -32602, "is no path to an input"},
		{`{"command":"nix-pins.tryUpgrade","arguments":[{"uri":"URI","input":"-x","to":"nixpkgs"}]}`, -32602, "is no path to an input"},
		{`{"command":"nix-pins.tryUpgrade","arguments":[{"uri":"URI","input":"nixpkgs","to":"--impure"}]}`, -32602, "begins with a dash"},
		{`{"command":"nix-pins.tryUpgrade","arguments":[{"uri":"URI","input":"nixpkgs","to":"ext::sh -c x"}]}`, -32602, "is no flake reference"},
		{`{"command":"nix-pins.checkForUpdates","arguments":[{"uri":"URI","input":"--upload-pack=x"}]}`, codeRequestFailed, "is no path to an input"},
		{`{"command":"nix-pins.checkForUpdates","arguments":[{"uri":"URI","input":"nope"}]}`, codeRequestFailed, `the lock has no input "nope"`},
		{`{"command":"nix-pins.updatePins","arguments":[{"uris":["untitled:1"]}]}`, -32602, "`uri` names a flake on this disk"},
		{`{"command":"nix-pins.updatePins"}`, codeRequestFailed, "no flake of the workspace has a pins input"},
		{`{"command":"nix-pins.pinRegistry","arguments":[{"uri":"DIR/empty"}]}`, codeRequestFailed, "holds no flake.nix"},
		{`{"command":"nix-pins.pinRegistry"}`, codeRequestFailed, "nothing in the workspace tells what pins has"},
	} {
		params := strings.NewReplacer("URI", p.uri(), "DIR", p.w.URI("")).Replace(test.params)
		answer := p.Await(p.Request("workspace/executeCommand", json.RawMessage(params)))
		if code(answer) != test.code || !strings.Contains(answer.Error.Message, test.want) {
			t.Errorf("%s: answered %v, want %d %s", test.params, answer.Error, test.code, test.want)
		}
	}
	if n := p.ran(t); n != 0 {
		t.Errorf("the program ran %d times", n)
	}
}

// Breaks when a program runs that nobody has allowed, one that is allowed does not, a person is asked who need not be, or is not told
// the very command and folder.
func TestTrust(t *testing.T) {
	answered := func(title string) lsptest.Handler {
		return func(json.RawMessage) (any, error) { return map[string]any{"title": title}, nil }
	}
	for name, test := range map[string]struct {
		options map[string]any
		answer  lsptest.Handler
		// asked and ran are how often, of two commands; code is that of the second answer.
		asked, ran, code int
		want             string
	}{
		"trusted":                    {map[string]any{"trusted": true}, answered("Cancel"), 0, 2, 0, ""},
		"trusted in a section":       {map[string]any{"nixPins": map[string]any{"trusted": true}}, answered("Cancel"), 0, 2, codeRequestFailed, "nix is not on PATH"},
		"not trusted":                {map[string]any{"trusted": false}, answered("Run"), 0, 0, codeRequestFailed, "was not run: the editor does not trust this workspace"},
		"of a wrong shape":           {map[string]any{"trusted": "yes"}, answered("Cancel"), 2, 0, codeRequestCancelled, "was not run: nobody said that it may"},
		"run":                        {nil, answered("Run"), 2, 2, 0, ""},
		"always":                     {nil, answered("Run, and do not ask again in this session"), 1, 2, 0, ""},
		"cancel":                     {nil, answered("Cancel"), 2, 0, codeRequestCancelled, "was not run: nobody said that it may"},
		"an odd answer":              {nil, answered("run"), 2, 0, codeRequestCancelled, "was not run: nobody said that it may"},
		"no answer":                  {nil, func(json.RawMessage) (any, error) { return nil, nil }, 2, 0, codeRequestCancelled, "was not run: nobody said that it may"},
		"an answer of a wrong shape": {nil, func(json.RawMessage) (any, error) { return "Run", nil }, 2, 0, codeRequestFailed, "was not run: the editor cannot ask"},
		"cannot ask": {nil, func(json.RawMessage) (any, error) {
			return nil, &lsptest.ResponseError{Code: -32601, Message: "no such method"}
		}, 2, 0, codeRequestFailed,
			"was not run: the editor cannot ask whether it may"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "trusted in a section" {
				t.Setenv("PATH", "") // the settings in the section name no program
			}
			p := startProgrammed(t, oneFlake, "", test.options, nil)
			p.Handle("window/showMessageRequest", test.answer)
			command := execute("nix-pins.lock", map[string]any{"uri": p.uri()})
			p.Await(p.Request("workspace/executeCommand", command))
			answer := p.Await(p.Request("workspace/executeCommand", command))
			if test.want == "" && answer.Error != nil || test.want != "" && (code(answer) != test.code || !strings.Contains(answer.Error.Message, test.want)) {
				t.Errorf("answered %v, want %d %s", answer.Error, test.code, test.want)
			}
			ran := test.ran
			if name == "trusted in a section" {
				ran = 0
			}
			if n := p.ran(t); n != ran {
				t.Errorf("ran %d times, want %d", n, ran)
			}
			questions := p.Received("window/showMessageRequest")
			if len(questions) != test.asked {
				t.Errorf("asked %d times, want %d", len(questions), test.asked)
			}
			for _, q := range questions {
				var asked struct{ Message string }
				if err := json.Unmarshal(q.Params, &asked); err != nil {
					t.Fatal(err)
				}
				if !strings.HasSuffix(asked.Message, "/program --extra-experimental-features 'nix-command flakes' flake lock` in "+p.w.Dir+"?") {
					t.Errorf("asked %s", asked.Message)
				}
			}
		})
	}
}

// Breaks when a client that never answers is waited for for ever, the question stays with it, or keeps other commands out meanwhile; or when
// what runs after the answer is not what the person sees by then.
func TestUnansweredQuestion(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, oneFlake)
		e := run(t)
		answer, asked := make(chan any), make(chan none)
		e.Handle("window/showMessageRequest", func(json.RawMessage) (any, error) {
			asked <- none{}
			return <-answer, nil
		})
		e.Initialize(map[string]any{"rootUri": w.URI(""), "capabilities": full(t)})
		command := execute("nix-pins.lock", map[string]any{"uri": w.URI("flake.nix")})
		first := e.Request("workspace/executeCommand", command)
		<-asked
		second := e.Request("workspace/executeCommand", command)
		<-asked
		for i := range 5 { // what the server has still to read when the answer comes
			e.Open(w.URI(fmt.Sprintf("%d/flake.nix", i)), "nix", strings.Repeat("# 0123456789\n", 2_000)+"{ outputs = _: { }; }")
		}
		e.Open(w.URI("flake.nix"), "nix", w.Text("flake.nix")+"# not saved")
		answer <- map[string]any{"title": "Run"} // to either
		pass(2 * time.Minute)
		answer <- nil // too late
		var said []string
		for _, id := range []string{first, second} {
			a := e.Await(id)
			if code(a) != codeRequestFailed {
				t.Errorf("answered %v", a)
				continue
			}
			said = append(said, a.Error.Message)
		}
		if all := strings.Join(said, "\n"); !strings.Contains(all, "has changes that are not saved") || !strings.Contains(all, "the editor did not answer within 60 seconds whether it may") {
			t.Errorf("answered %s", all)
		}
		if cancelled := e.Received("$/cancelRequest"); len(cancelled) != 1 {
			t.Errorf("the question was taken back %d times", len(cancelled))
		}
	})
}

// Breaks when a person who is asked about many folders is not told which, is shown characters that turn the question round, or of a command under another name of pins.
func TestTrustOfLeaves(t *testing.T) {
	archive := oneFlake
	for i := range 7 {
		name := "pins"
		if i == 6 {
			name = "pinning"
		}
		archive += fmt.Sprintf("-- leaf%d\u202e/flake.nix --\n{ inputs.%s.url = \"github:o/pins\"; outputs = _: { }; }\n", i, name)
	}
	p := startProgrammed(t, archive, "", nil, nil)
	var asked struct{ Message string }
	p.Handle("window/showMessageRequest", func(params json.RawMessage) (any, error) {
		return map[string]any{"title": "Run"}, json.Unmarshal(params, &asked)
	})
	var result told
	p.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.updatePins"}, &result)
	const line = "`%s --extra-experimental-features 'nix-command flakes' flake update %s`"
	at := p.w.Dir
	want := fmt.Sprintf("Run "+line+" or "+line+" in each of 7 folders: %s/leaf0\uFFFD, %s/leaf1\uFFFD, %s/leaf2\uFFFD, %s/leaf3\uFFFD, %s/leaf4\uFFFD and 2 more?", p.program, "pins", p.program, "pinning", at, at, at, at, at)
	if asked.Message != want {
		t.Errorf("asked %s, want %s", asked.Message, want)
	}
	if len(result.Leaves) != 7 || result.Message != "Up to date before: 7." {
		t.Errorf("told %+v", result)
	}
}

// Breaks when a program works on a text that the person does not see.
func TestUnsavedChanges(t *testing.T) {
	p := startProgrammed(t, oneFlake, "", map[string]any{"trusted": true}, nil)
	command := execute("nix-pins.lock", map[string]any{"uri": p.uri()})
	p.Open(p.uri(), "nix", "\uFEFF"+p.w.Text("flake.nix"))
	p.Open(p.w.URI("flake.lock"), "json", p.w.Text("flake.lock"))
	p.Call("workspace/executeCommand", command, nil)
	refused := func(file string) {
		t.Helper()
		answer := p.Await(p.Request("workspace/executeCommand", command))
		if code(answer) != codeRequestFailed || !strings.Contains(answer.Error.Message, file+" has changes that are not saved") {
			t.Errorf("answered %v", answer.Error)
		}
	}
	p.Replace(p.uri(), 3, 3, " ")
	refused("flake.nix")
	p.Close(p.uri())
	p.Replace(p.w.URI("flake.lock"), 0, 0, " ")
	refused("flake.lock")
	p.Close(p.w.URI("flake.lock"))
	if err := os.WriteFile(p.w.Path("flake.nix"), []byte(p.w.Text("flake.nix")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Call("workspace/executeCommand", command, nil)
	if n := p.ran(t); n != 2 {
		t.Errorf("ran %d times, want 2", n)
	}
}

// waiting is a program that writes a part of a lock, starts another program that does not listen, tells on a fifo that it is there and
// waits. The fifo has an end only when both are gone.
const waiting = `cd "$PWD" && exec 3>fifo
[ -z "$HALF" ] && printf '{ "nodes": {' > flake.lock
(trap '' TERM; sleep 60) &
echo ready >&3
sleep 60`

// waitFor waits until a program tells that it is there.
func waitFor(t *testing.T, p *programmed) *bufio.Reader {
	t.Helper()
	file, err := os.Open(p.w.Path("fifo"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if err := file.SetReadDeadline(time.Now().Add(lsptest.Deadline)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(file)
	if line, err := in.ReadString('\n'); line != "ready\n" {
		t.Fatal(line, err)
	}
	return in
}

func startWaiting(t *testing.T) *programmed {
	p := startProgrammed(t, oneFlake, waiting, map[string]any{"trusted": true}, nil)
	if err := syscall.Mkfifo(p.w.Path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// Breaks when a command that is cancelled, in either way, leaves a process behind or a part of a lock, or holds its folder; when the end
// of the conversation does not end it; or when its progress cannot be cancelled, has no end or another token than the client's.
func TestCancelCommand(t *testing.T) {
	for _, way := range []string{"request", "progress of the client", "progress of the server", "end"} {
		t.Run(way, func(t *testing.T) {
			p := startWaiting(t)
			before := p.w.Text("flake.lock")
			command := execute("nix-pins.updateInput", map[string]any{"uri": p.uri(), "input": "nixpkgs"})
			if way == "progress of the client" {
				command["workDoneToken"] = 17
			}
			id := p.Request("workspace/executeCommand", command)
			in := waitFor(t, p)
			token := ""
			if strings.HasPrefix(way, "progress") {
				var begin struct {
					Token json.RawMessage
					Value struct {
						Kind, Title string
						Cancellable bool
					}
				}
				if err := json.Unmarshal(p.WaitFor("$/progress", func(m json.RawMessage) bool { return strings.Contains(string(m), "flake update") }), &begin); err != nil {
					t.Fatal(err)
				}
				if token = string(begin.Token); begin.Value.Kind != "begin" || !begin.Value.Cancellable || !strings.HasSuffix(begin.Value.Title, "flake update nixpkgs") {
					t.Errorf("the progress begins as %+v", begin)
				}
				if created := slices.ContainsFunc(p.Received("window/workDoneProgress/create"), func(m lsptest.Message) bool { return strings.Contains(string(m.Params), token) }); created != (way == "progress of the server") || !created && token != "17" {
					t.Errorf("the token is %s, created %t", token, created)
				}
			}
			switch way {
			case "request":
				p.Cancel(id)
			case "end":
				p.CloseInput()
			default:
				p.Notify("window/workDoneProgress/cancel", map[string]any{"token": "unknown"})
				p.Notify("window/workDoneProgress/cancel", map[string]any{"token": json.RawMessage(token)})
			}
			if left, err := io.ReadAll(in); err != nil || len(left) > 0 {
				t.Errorf("left %q, %v", left, err)
			}
			if way == "end" {
				if p.Wait(); p.w.Text("flake.lock") != before {
					t.Errorf("the lock is %s", p.w.Text("flake.lock"))
				}
				return
			}
			if answer := p.Await(id); code(answer) != codeRequestCancelled {
				t.Errorf("answered %v", answer)
			}
			if token != "" {
				p.WaitFor("$/progress", func(m json.RawMessage) bool {
					return strings.Contains(string(m), `"end"`) && strings.Contains(string(m), token)
				})
			}
			p.log.await(t, `"msg":"command failed"`)
			if p.w.Text("flake.lock") != before {
				t.Errorf("the lock is %s", p.w.Text("flake.lock"))
			}
			// The folder is free again.
			id = p.Request("workspace/executeCommand", command)
			in = waitFor(t, p)
			p.Cancel(id)
			if _, err := io.ReadAll(in); err != nil {
				t.Error(err)
			}
		})
	}
}

// Breaks when two programs work on one flake at a time, by whichever name its folder is called, or a second one elsewhere has to wait.
func TestOneCommandAFolder(t *testing.T) {
	p := startWaiting(t)
	if err := os.Symlink(p.w.Dir, p.w.Path("link")); err != nil {
		t.Fatal(err)
	}
	id := p.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": p.uri()}))
	in := waitFor(t, p)
	for _, uri := range []string{p.uri(), p.w.URI("link/flake.nix")} {
		answer := p.Await(p.Request("workspace/executeCommand", execute("nix-pins.updateInput", map[string]any{"uri": uri, "input": "nixpkgs"})))
		if code(answer) != codeRequestFailed || !strings.Contains(answer.Error.Message, "flake lock` is still running in "+p.w.Dir) {
			t.Errorf("answered %v", answer.Error)
		}
	}
	if err := os.MkdirAll(p.w.Path("other"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.w.Path("other/flake.nix"), []byte("{ outputs = _: { }; }"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(p.w.Path("other/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := p.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": p.w.URI("other")}))
	file, err := os.Open(p.w.Path("other/fifo"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.SetReadDeadline(time.Now().Add(lsptest.Deadline)); err != nil {
		t.Fatal(err)
	}
	p.Cancel(id)
	p.Cancel(other)
	for _, in := range []io.Reader{in, file} {
		if _, err := io.ReadAll(in); err != nil {
			t.Error(err)
		}
	}
}

// Breaks when a program that fails halfway leaves a part of a lock, one that fails after a whole lock has it taken away, what it said is
// lost, or a secret in it reaches the person or the log.
func TestFailedCommand(t *testing.T) {
	whole := `{"nodes":{"root":{}},"root":"root","version":7}`
	for name, test := range map[string]struct{ script, lock, want string }{
		"half a lock":  {`printf '{ "nodes"' > flake.lock; echo 'error: no space left' >&2; exit 1`, "", "program: no space left"},
		"no lock":      {`rm flake.lock; exit 1`, "", "program: exit status 1"},
		"a whole lock": {`echo '` + whole + `' > flake.lock; echo 'error: too late' >&2; exit 1`, whole + "\n", "program: too late"},
		"bad success":  {`echo '{' > flake.lock`, "{\n", "flake.lock cannot be read: "},
		"a secret":     {`echo 'error: cannot fetch https://me:hunter2@example.org/r' >&2; exit 1`, "", "program: cannot fetch https://***@example.org/r"},
	} {
		t.Run(name, func(t *testing.T) {
			p := startProgrammed(t, oneFlake, test.script, map[string]any{"trusted": true}, nil)
			want := test.lock
			if want == "" {
				want = p.w.Text("flake.lock")
			}
			answer := p.Await(p.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": p.uri()})))
			if code(answer) != codeRequestFailed || !strings.HasPrefix(answer.Error.Message, test.want) {
				t.Errorf("answered %v, want %s", answer.Error, test.want)
			}
			if got := p.w.Text("flake.lock"); got != want {
				t.Errorf("the lock is %s", got)
			}
			if strings.Contains(p.log.String()+fmt.Sprint(answer.Error), "hunter2") {
				t.Error("the secret is shown")
			}
		})
	}
}

// Breaks when one reason why leaves could not be moved is told once for each of them, so that it crowds out their names, or reasons are
// told of the wrong leaves.
func TestOneReasonOfManyLeaves(t *testing.T) {
	t.Setenv("PATH", "")
	leaf := "{ inputs.pins.url = \"github:acme/pins\"; outputs = _: { }; }\n"
	p := startProgrammed(t, "-- a/flake.nix --\n"+leaf+"-- b/flake.nix --\n"+leaf+"-- c/flake.nix --\n"+leaf, "", map[string]any{"trusted": true, "commands": nil}, nil)
	answer := p.Await(p.Request("workspace/executeCommand", map[string]any{"command": "nix-pins.updatePins"}))
	if want := "Failed: a, b, c (nix is not on PATH; the setting `commands.nix` says which program is meant)."; answer.Error == nil || answer.Error.Message != want {
		t.Errorf("answered %v, want %s", answer.Error, want)
	}
	several := pinsResult{Failed: []leafError{{"file:///a", "no"}, {"file:///b", "never"}, {"file:///c", "no"}}}
	if got, want := several.sentence(), "Failed: a, c (no), b (never)."; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Breaks when half of a first lock stays.
func TestFailedFirstLock(t *testing.T) {
	manifest, _, _ := strings.Cut(oneFlake, "-- flake.lock --")
	p := startProgrammed(t, manifest, `printf '{' > flake.lock; exit 1`, map[string]any{"trusted": true}, nil)
	if answer := p.Await(p.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": p.uri()}))); code(answer) != codeRequestFailed {
		t.Errorf("answered %v", answer)
	}
	if _, err := os.Stat(p.w.Path("flake.lock")); !os.IsNotExist(err) {
		t.Errorf("a lock stays: %v", err)
	}
}

// Breaks when a file of the repository chooses the program, or the error of one that is not there does not name it and the setting.
func TestProgramIsTheEditors(t *testing.T) {
	for want, settings := range map[string]any{
		"/nowhere/nix is no program that can be started; the setting `commands.nix` says which program is meant": map[string]any{"nix": "/nowhere/nix"},
		"nix is not on PATH; the setting `commands.nix` says which program is meant":                             nil,
	} {
		t.Run(want[:4], func(t *testing.T) {
			t.Setenv("PATH", "")
			p := startProgrammed(t, oneFlake+"-- .nix-pins.toml --\n[commands]\nnix = \"/bin/true\"\n", "", map[string]any{"trusted": true, "commands": settings}, nil)
			answer := p.Await(p.Request("workspace/executeCommand", execute("nix-pins.lock", map[string]any{"uri": p.uri()})))
			if code(answer) != codeRequestFailed || answer.Error.Message != want {
				t.Errorf("answered %v, want %s", answer.Error, want)
			}
		})
	}
}

// Breaks when files that nobody told of are not found by the command, or it runs a program.
func TestReindex(t *testing.T) {
	p := startProgrammed(t, oneFlake, "", map[string]any{"trusted": false}, nil)
	if err := os.MkdirAll(p.w.Path("a/b/pins"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.w.Path("a/b/pins/flake.nix"), []byte("{ outputs = _: { }; }"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.reindex", "arguments": []any{map[string]any{}}}, nil)
	p.log.await(t, `"msg":"indexed","files":3`)
}

// Breaks when what concerns the whole workspace is done to the part of it that has been read, does not go on when the rest has been, or
// cannot be cancelled meanwhile.
func TestCommandBeforeIndex(t *testing.T) {
	inClock(t, func(t *testing.T) {
		w := lsptest.NewWorkspace(t, polyrepo)
		held := newHeldLog()
		e, release := startHeld(t, w, held), held.hold()
		e.Initialize(map[string]any{"rootUri": w.URI(""), "initializationOptions": map[string]any{"trusted": false}})
		wants := map[string]string{"nix-pins.updatePins": "the editor does not trust this workspace", "nix-pins.checkForUpdates": "the editor does not trust this workspace", "nix-pins.pinRegistry": "nothing in the workspace tells what pins has"}
		ids := map[string]string{}
		for name := range wants {
			ids[name] = e.Request("workspace/executeCommand", map[string]any{"command": name})
		}
		cancelled := e.Request("workspace/executeCommand", map[string]any{"command": "nix-pins.openReport"})
		pass(time.Second)
		alive(t, e)
		if answers := e.Unclaimed(); len(answers) > 0 {
			t.Errorf("answered %v before all files were read", answers)
		}
		e.Cancel(cancelled)
		if answer := e.Await(cancelled); code(answer) != codeRequestCancelled {
			t.Errorf("answered %v", answer)
		}
		release()
		for name, id := range ids {
			if answer := e.Await(id); code(answer) != codeRequestFailed || !strings.Contains(answer.Error.Message, wants[name]) {
				t.Errorf("%s: answered %v", name, answer.Error)
			}
		}
	})
}

// Breaks when the report is no whole page in the user's cache folder, is not shown by a client that can, or the person is not told where it is
// where the client cannot or will not.
func TestOpenReport(t *testing.T) {
	for name, test := range map[string]struct {
		answer    lsptest.Handler
		can, told bool
	}{
		"shows":     {func(json.RawMessage) (any, error) { return map[string]any{"success": true}, nil }, true, false},
		"will not":  {func(json.RawMessage) (any, error) { return map[string]any{"success": false}, nil }, true, true},
		"fails":     {func(json.RawMessage) (any, error) { return nil, &lsptest.ResponseError{Code: -1, Message: "no"} }, true, true},
		"no method": {func(json.RawMessage) (any, error) { panic("asked") }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := startProgrammed(t, oneFlake, "", map[string]any{"trusted": false}, func(c map[string]any) {
				if !test.can {
					delete(c["window"].(map[string]any), "showDocument")
				}
			})
			p.Handle("window/showDocument", test.answer)
			var result told
			p.Call("workspace/executeCommand", map[string]any{"command": "nix-pins.openReport"}, &result)
			path, _ := filePath(result.URI)
			page, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(page), "<!DOCTYPE html>") || !strings.Contains(string(page), "github.com/nixos/nixpkgs") || !strings.Contains(string(page), "</html>") {
				t.Errorf("%s holds %.200q, %v", path, page, err)
			}
			if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 || !strings.HasSuffix(filepath.Dir(path), "/.cache/nix-pins-lsp") {
				t.Errorf("%s: %v, %v", path, left, err)
			}
			if test.told {
				if _, text := shownMessage(t, p.Editor); text != "The report is in "+path {
					t.Errorf("the person is shown %s", text)
				}
			} else if shown := p.Received("window/showMessage"); len(shown) > 0 {
				t.Errorf("the person is shown %s", shown[0].Params)
			}
			if asked := p.Received("window/showDocument"); test.can != (len(asked) == 1) || test.can && !strings.Contains(string(asked[0].Params), `"external":true`) {
				t.Errorf("asked %v", asked)
			}
		})
	}
}
