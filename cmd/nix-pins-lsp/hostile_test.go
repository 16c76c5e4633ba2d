package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/lsptest"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/realtools"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Breaks when a file or a folder that cannot be read is passed over in silence, or keeps others from being judged: the findings are all
// that somebody sees who checks a folder of strangers' repos.
func TestCheckHostileFolder(t *testing.T) {
	strangerHome(t)
	dir := t.TempDir()
	const follows = `{ "version": 7, "root": "r", "nodes": { "r": { "inputs": { "pins": "p", "a": ["b"], "b": ["a"] } },
		"p": { "inputs": { "\u001b[31m\u0000": ["pins", "\u001b[31m\u0000"] } } } }`
	realtools.WriteFiles(t, dir, map[string]string{
		"pins/flake.nix": `{ inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		"web/flake.nix":  `{ inputs.pins.url = "path:../pins"; inputs.crane.url = "github:ipetkov/crane"; outputs = _: { }; }`,
		"web/flake.lock": follows, "large/flake.nix": strings.Repeat("#", parse.MaxSize+1), "wide/flake.lock": strings.Repeat(" ", 32<<20+1),
		"folder/flake.nix/x": "", "denied/flake.nix": "{ }", "closed/flake.nix": "{ }", "fifo/x": "", "\x1b[31m/flake.nix": "}",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo/flake.nix"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"denied/flake.nix": 0, "closed": 0o111} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(filepath.Join(dir, "closed"), 0o755)
	var out, errs bytes.Buffer
	code := -1
	realtools.Unprivileged(t, dir, func() { code = run([]string{"check", dir}, strings.NewReader(""), &out, &errs) })
	if code != exitFindings || errs.Len() > 0 {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	for _, want := range []string{
		"/closed:1:1: warning[unreadable]: The folder cannot be searched (permission denied): flakes in it, and below, were not judged.\n",
		"/denied/flake.nix:1:1: warning[unreadable]: There is no permission to read the file.\n",
		"/fifo/flake.nix:1:1: warning[unreadable]: This is no regular file, so it was not read.\n",
		"/folder/flake.nix:1:1: warning[unreadable]: This is no regular file, so it was not read.\n",
		"/large/flake.nix:1:1: warning[too-large]: The file has 1048577 bytes and was not read: the limit is 1048576.\n",
		"/wide/flake.lock:1:1: warning[too-large]: The file has 33554433 bytes and was not read: the limit is 33554432.\n",
		"/web/flake.nix:1:56: information[raw-url]: ",
		"[31m/flake.nix:1:1: error[syntax-error]: ",
		"/web/flake.lock:1:90: warning[invalid-lock]: The input `b` follows `a`, which goes in a circle at `a`.\n",
		"warning[invalid-lock]: The input `\\x1b[31m\\x00` follows `pins/\\x1b[31m\\x00`, which goes in a circle",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nobody says %q", want)
		}
	}
	harmless := func(text string) {
		t.Helper()
		if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("a control character reaches the terminal: %q", text[max(0, i-40):i+1])
		}
	}
	harmless(out.String())
	for command, want := range map[string]int{
		"report --all": exitClean, "graph": exitClean, "fix --diff": exitClean, "show web": exitClean, "align web": exitFailed, "show \x1b[31m": exitClean,
	} {
		words := strings.Fields(command)
		if last := len(words) - 1; words[0] == "show" || words[0] == "align" {
			words[last] = filepath.Join(dir, words[last])
		} else {
			words = append(words, dir)
		}
		out.Reset()
		errs.Reset()
		realtools.Unprivileged(t, dir, func() { code = run(words, strings.NewReader(""), &out, &errs) })
		if code != want {
			t.Errorf("%s: exit code %d, want %d\n%s", command, code, want, errs.String())
		}
		harmless(out.String() + errs.String())
	}
	errs.Reset()
	if code := run([]string{"check", filepath.Join(dir, "\x1b[31m", "nothing")}, strings.NewReader(""), &out, &errs); code != exitFailed || strings.Contains(errs.String(), "\x1b") {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

// Breaks when all of a line is shown for each finding in it: a flake of one line, as programs write them, may have thousands. (Each was
// then shown with a megabyte, which took minutes.)
func TestCheckLongLine(t *testing.T) {
	strangerHome(t)
	dir := t.TempDir()
	const uses = 20_000
	realtools.WriteFiles(t, dir, map[string]string{"flake.nix": "{ outputs = _: [ " + strings.Repeat("{ b = ''é${c}y''; d.e = 1; } ", uses) + "]; }"})
	var out, errs bytes.Buffer
	if code := run([]string{"check", dir}, strings.NewReader(""), &out, &errs); code != exitFindings || errs.Len() > 0 {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
	lines := strings.SplitAfter(out.String(), "\n")
	if want := 3 * uses; len(lines) < want {
		t.Fatalf("%d lines, want at least %d", len(lines), want)
	}
	const excerpt = "   1 | … = 1; } { b = ''é${c}y''; d.e = 1; } { b = ''é${c}y''; d.e = 1; } { b = ''é${c}y''; d.e = 1; }"
	source, marks := lines[3*uses/2+1], lines[3*uses/2+2]
	if !strings.HasPrefix(source, excerpt) || !strings.HasSuffix(source, "…\n") || len(source) > 2*shownLine {
		t.Errorf("the line is shown as %q", source)
	}
	at := utf8.RuneCountInString(marks[:strings.Index(marks, "^")])
	if under := string([]rune(source)[at:][:1]); under != "c" {
		t.Errorf("the mark stands under %q of\n%s%s", under, source, marks)
	}
}

// Breaks when the line that is shown of a finding tells a password, as in the log of a CI that others read than the repository, or when the mark
// no longer stands under what was found.
func TestShownLineIsDiscreet(t *testing.T) {
	strangerHome(t)
	w := lsptest.NewWorkspace(t, "\n-- web/flake.nix --\n{\n  inputs.a.url = \"git+https://ana:s3cr3t@example.org/r\";\n  outputs = _: { };\n}\n")
	var out, errs bytes.Buffer
	run([]string{"check", w.Dir}, strings.NewReader(""), &out, &errs)
	if strings.Contains(out.String()+errs.String(), "s3cr3t") {
		t.Errorf("the password is told:\n%s", &out)
	}
	if want := "   2 |   inputs.a.url = \"git+https://**********@example.org/r\";\n     |                               ^^^^^^^^^^\n"; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%s, want\n%s", &out, want)
	}
}

// Breaks when a line is searched for passwords anew for each finding in it: a flake of one line with 2,000 inputs then took 17 seconds, where its
// findings take a tenth of one. What is measured is the memory that is asked for, which grows as the work does and is the same on a busy machine.
func TestShownLineIsMaskedOnce(t *testing.T) {
	strangerHome(t)
	const few = maxTextFixes + 100 // of more findings than that, no fixes are made
	asked := func(inputs int) uint64 {
		var source strings.Builder
		source.WriteString("{ inputs = { ")
		for i := range inputs {
			fmt.Fprintf(&source, "i%d.url = \"http://example.org/%s%d.tar.gz\"; ", i, strings.Repeat("a", 110), i)
		}
		source.WriteString("}; outputs = _: { }; }\n")
		dir := t.TempDir()
		realtools.WriteFiles(t, dir, map[string]string{"flake.nix": source.String()})
		var out, errs bytes.Buffer
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if code := run([]string{"check", dir}, strings.NewReader(""), &out, &errs); code != exitFindings || errs.Len() > 0 {
			t.Fatalf("exit code %d, %s", code, errs.String())
		}
		runtime.ReadMemStats(&after)
		if found := strings.Count(out.String(), "[insecure-url]"); found != inputs {
			t.Fatalf("%d findings, want %d", found, inputs)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	asked(few) // what is made once
	if once, twice := asked(few), asked(2*few); twice > 3*once {
		t.Errorf("%d inputs take %d bytes, %d inputs %d", few, once, 2*few, twice)
	}
}

// Breaks when check tells a password that is written in pieces, with an escape, or in a setting. The edits of JSON are what has to be written.
func TestCheckIsDiscreet(t *testing.T) {
	strangerHome(t)
	dir := t.TempDir()
	realtools.WriteFiles(t, dir, map[string]string{
		".nix-pins.toml": "\"https://bob:SEKRETK@h\" = 7\n[pins]\ninputs = \"https://bob:SEKRETI@h\"\n",
		"a/flake.nix":    `{ inputs.a.url = "git+https://bob:SEKRETA\"x@h/z"; outputs = _: { }; }`,
		"b/flake.nix":    `{ inputs.b.url = "git+https://bob:SEK${"RETB"}@h/z"; outputs = _: { }; }`,
		"c/flake.nix":    `{ inputs.c.url = "git+https://bob:SEK" + "RETC@h/z"; outputs = _: { }; }`,
	})
	written := regexp.MustCompile(`"text": *"(?:\\.|[^"\\])*"`)
	for _, format := range formatNames() {
		var out, errs bytes.Buffer
		if code := run([]string{"check", "--format", format, dir}, strings.NewReader(""), &out, &errs); code != exitFindings {
			t.Errorf("%s: exit code %d, %s", format, code, errs.String())
		}
		told := out.String() + errs.String()
		if format == "json" {
			told = written.ReplaceAllString(told, "")
		}
		for _, rule := range []string{"unknown-setting", "insecure-url", "not-literal"} {
			if !strings.Contains(told, rule) {
				t.Errorf("%s: no finding of %s", format, rule)
			}
		}
		if i := regexp.MustCompile("SEK|RET[A-Z]").FindStringIndex(told); i != nil {
			t.Errorf("%s tells a password: %s", format, told[max(0, i[0]-100):i[1]+20])
		}
	}
}
