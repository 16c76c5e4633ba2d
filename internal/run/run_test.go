package run

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script writes a program.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Breaks when an argument is read by a shell, is lost or split, the folder is another one or PWD says so, standard input holds anything,
// there is a terminal, a variable that keeps programs from asking is not set, or is stronger than what the caller
// gives, or what Git says of the repository that the server was started from reaches the program.
func TestRun(t *testing.T) {
	t.Setenv("GIT_ASKPASS", "/bin/asks")
	t.Setenv("GIT_DIR", "/elsewhere/.git")
	dir := t.TempDir()
	arguments := []string{"", "a b", "$(touch x)", "`id`", ";", "-n", "--", "*", "é\n", `\`}
	out, err := Command{
		Program: script(t, `printf '%s\0' "$@" "$PWD" "$(pwd -P)" "$(cat)" "$GIT_TERMINAL_PROMPT" "$GIT_ASKPASS$GIT_DIR" "$NO_COLOR" "$MORE" "$( (: </dev/tty) 2>/dev/null && echo terminal)"; echo warned >&2`),
		Dir:     dir, Arguments: arguments, Environment: []string{"MORE=1", "NO_COLOR=2"},
	}.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out.Stdout), "\x00")
	want := append(slices.Clone(arguments), dir, dir, "", "0", "", "2", "1", "", "")
	if !slices.Equal(got, want) || out.Stderr != "warned\n" {
		t.Errorf("got %q and %q, want %q", got, out.Stderr, want)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// Breaks when a program of the current folder is started, the error does not name the program and the setting, or what cannot be
// started is taken for a failure of its own.
func TestNotFound(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"program", "here/program"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("#!/bin/sh\ntouch ran\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ path, program, want string }{
		{"", "nix", "nix is not on PATH; the setting `commands.nix` says which program is meant"},
		{".:here:", "program", "program is not on PATH; the setting `commands.nix` says which program is meant"},
		{"", "./program", "./program is no program that can be started; the setting `commands.nix` says which program is meant"},
		{"", dir + "/none", dir + "/none is no program that can be started; the setting `commands.nix` says which program is meant"},
		{"", dir, dir + " is no program that can be started; the setting `commands.nix` says which program is meant"},
	} {
		t.Setenv("PATH", test.path)
		_, err := Command{Program: test.program, Setting: "commands.nix", Dir: dir}.Run(context.Background())
		var missing *NotFoundError
		if !errors.As(err, &missing) || err.Error() != test.want {
			t.Errorf("%s in %q: %v, want %s", test.program, test.path, err, test.want)
		}
	}
	if _, err := os.Stat("ran"); err == nil {
		t.Error("a program of the current folder ran")
	}
	if err := (&NotFoundError{Program: "git"}).Error(); err != "git is not on PATH" {
		t.Error(err)
	}
}

// Breaks when the error of a program is not in its own words, or one that says nothing gives no reason.
func TestFailed(t *testing.T) {
	for body, want := range map[string]string{
		"echo 'error: no luck' >&2; exit 3":      "program: no luck",
		"exit 3":                                 "program: exit status 3",
		"kill -9 $$":                             "program: signal: killed",
		"echo out; echo 'warning: x' >&2; false": "program: exit status 1",
	} {
		out, err := Command{Program: script(t, body), Dir: t.TempDir()}.Run(context.Background())
		var failed *FailedError
		if !errors.As(err, &failed) || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
		if strings.HasPrefix(body, "echo out") && string(out.Stdout) != "out\n" {
			t.Errorf("output %q", out.Stdout)
		}
	}
	_, err := Command{Program: script(t, "true"), Dir: "/no such folder"}.Run(context.Background())
	if err == nil || !strings.HasPrefix(err.Error(), "cannot run program: ") {
		t.Error(err)
	}
}

// Breaks when a program, or one that it has started, outlives its context, also where both do not listen to the request to end; or when
// one that listens has no time to tidy up.
func TestCancel(t *testing.T) {
	for name, body := range map[string]string{
		"deaf":     `trap '' TERM; exec 3>"$1"; sleep 60 & echo ready >&3; sleep 60`,
		"listens":  `exec 3>"$1"; trap 'echo tidied >&3; exit 1' TERM; echo ready >&3; while :; do sleep 60 & wait; done`,
		"detached": `exec 3>"$1"; (trap '' TERM; sleep 60) & echo ready >&3; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			fifo := filepath.Join(t.TempDir(), "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ended := make(chan error, 1)
			program := script(t, body)
			go func() {
				_, err := Command{Program: program, Dir: "/", Arguments: []string{fifo}}.Run(ctx)
				ended <- err
			}()
			file, err := os.Open(fifo)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := file.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			in := bufio.NewReader(file)
			if line, err := in.ReadString('\n'); line != "ready\n" {
				t.Fatal(line, err)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
			left, err := io.ReadAll(in) // ends when nobody has the other end any more
			if err != nil || name == "listens" != (string(left) == "tidied\n") {
				t.Errorf("left %q, %v", left, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if _, err := (Command{Program: script(t, "touch ran"), Dir: dir}).Run(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
		t.Error("ran though it was cancelled before")
	}
}

// Breaks when a program that prints without end is not ended, or takes the memory of the server.
func TestEndlessOutput(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, err := Command{Program: script(t, "exec yes 'a line of a program that knows no end'"), Dir: "/"}.Run(context.Background())
	runtime.ReadMemStats(&after)
	if want := "program: it printed more than 32 MiB"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if len(out.Stdout) > MaxOutput || after.TotalAlloc-before.TotalAlloc > 6*MaxOutput {
		t.Errorf("kept %d bytes, allocated %d", len(out.Stdout), after.TotalAlloc-before.TotalAlloc)
	}
	out, err = Command{Program: script(t, "yes 'what nobody wants to know' | head -n 100000 >&2; echo 'error: the end' >&2; exit 1"), Dir: "/"}.Run(context.Background())
	if err == nil || err.Error() != "program: the end" {
		t.Error(err)
	}
	if len(out.Stderr) > maxStderr || !strings.HasPrefix(out.Stderr, "what nobody") {
		t.Errorf("kept %d bytes of standard error, from %.20q", len(out.Stderr), out.Stderr)
	}
}

// Breaks when a reason is the trace, the source or a warning instead of what a program refuses, or has colours.
func TestReason(t *testing.T) {
	for _, test := range []struct{ stderr, want string }{
		{"", ""},
		{"killed\n", "killed"},
		{"warning: w\nkilled\n", "killed"},
		{"error: undefined variable 'x'\n       at /tmp/b.nix:1:7:\n            1| { a = x; }\n", "undefined variable 'x'"},
		{"warning: w\nerror:\n       … while evaluating\n\n       error: path '/x' does not exist\n", "path '/x' does not exist"},
		{"error: first line\n       second line\n", "first line second line"},
		{"\x1b[31;1merror:\x1b[0m no \x1b[35;1m'x'\x1b[0m\n", "no 'x'"},
		{"fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure\n",
			"'/x' does not appear to be a git repository fatal: Could not read from remote repository."},
		{"ssh: Could not resolve hostname x\nfatal: Could not read from remote repository.\n", "ssh: Could not resolve hostname x Could not read from remote repository."},
		{"fetching\rfatal: no\n", "no"},
		{"fatal: a\nerror: Failed to fetch git repository 'x'\n", "Failed to fetch git repository 'x'"},
		{"1\n2\n3\n4\n5\n6\n7\n", "2 3 4 5 6 7"},
	} {
		if got := Reason(test.stderr); got != test.want {
			t.Errorf("%q gives %q, want %q", test.stderr, got, test.want)
		}
	}
}
