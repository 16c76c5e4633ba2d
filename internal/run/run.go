// Package run starts the programs that a person's command needs, and is the only package that starts any. A program is named by a
// path or looked for on PATH, its arguments are a list, and no shell has a part in it. It reads nothing, and it cannot ask anybody:
// it has no terminal, and what programs know of asking in other ways is switched off. When its context ends, so do the program
// and whatever it has started.
package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Command is one call of a program.
type Command struct {
	// Program is an absolute path, or a name that is looked for on PATH.
	Program string
	// Setting is the setting that names the program, for the error where there is none; "" where none does.
	Setting   string
	Arguments []string
	// Dir is the absolute path of the folder in which it runs.
	Dir string
	// Environment is laid over this process's, each "NAME=value".
	Environment []string
}

// Output is what a program printed. Stderr is only the end of it where that is long.
type Output struct {
	Stdout []byte
	Stderr string
}

const (
	// MaxOutput is how many bytes a program may print on standard output.
	MaxOutput = 32 << 20
	// maxStderr is how much of the end of standard error is kept.
	maxStderr = 64 << 10
)

// grace is how long a program has to end by itself once it has been told to. It is shorter than a server has to end.
const grace = 150 * time.Millisecond

// NotFoundError says that there is no such program.
type NotFoundError struct{ Program, Setting string }

func (e *NotFoundError) Error() string {
	where := "is not on PATH"
	if strings.ContainsRune(e.Program, filepath.Separator) {
		where = "is no program that can be started"
	}
	if e.Setting == "" {
		return fmt.Sprintf("%s %s", e.Program, where)
	}
	return fmt.Sprintf("%s %s; the setting `%s` says which program is meant", e.Program, where, e.Setting)
}

// FailedError says that a program ended with an error of its own.
type FailedError struct {
	// Program is its name, without a path.
	Program string
	// Reason is what it said, in its own words; or how it ended, where it said nothing.
	Reason string
}

func (e *FailedError) Error() string { return e.Program + ": " + e.Reason }

// errTooMuch ends a program that prints without end.
var errTooMuch = fmt.Errorf("it printed more than %d MiB", MaxOutput>>20)

// quiet keeps programs from asking anybody for a password, and from colours. SSH cannot ask because there is no terminal.
var quiet = []string{"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "SSH_ASKPASS_REQUIRE=never", "GCM_INTERACTIVE=never", "NO_COLOR=1"}

// Run runs the program to its end. The error is the context's, a *NotFoundError or a *FailedError, which may be joined with others; the
// output is what was printed until then.
func (c Command) Run(ctx context.Context) (Output, error) {
	path, err := exec.LookPath(c.Program)
	if err != nil || !filepath.IsAbs(path) { // a folder of PATH that is relative would be one of the flake's
		return Output{}, &NotFoundError{c.Program, c.Setting}
	}
	if err := ctx.Err(); err != nil {
		return Output{}, err
	}
	limited, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	stdout, stderr := &head{overflow: func() { stop(errTooMuch) }}, &tail{}
	command := exec.CommandContext(limited, path, c.Arguments...)
	command.Dir = c.Dir
	command.Env = append(append(append(environment(), quiet...), "PWD="+c.Dir), c.Environment...)
	command.Stdout, command.Stderr = stdout, stderr
	command.WaitDelay = grace
	inGroup(command)
	err = command.Run()
	output := Output{stdout.text.Bytes(), stderr.String()}
	if limited.Err() != nil {
		killGroup(command)
	}
	name := filepath.Base(c.Program)
	switch cause := context.Cause(limited); {
	case err == nil:
		return output, nil
	case errors.Is(cause, errTooMuch):
		return output, &FailedError{name, errTooMuch.Error()}
	case ctx.Err() != nil:
		return output, ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return output, fmt.Errorf("cannot run %s: %w", name, err)
	}
	reason := Reason(output.Stderr)
	if reason == "" {
		reason = exit.String()
	}
	return output, &FailedError{name, reason}
}

// ofRepository are what Git says of one repository to the programs that it starts, an editor for a commit's message among them.
var ofRepository = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"}

// environment is that of this process without what speaks of one repository: the program is to work on another.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(ofRepository, name)
	})
}

// head keeps what is printed, up to MaxOutput.
type head struct {
	text     bytes.Buffer
	overflow func()
}

func (h *head) Write(p []byte) (int, error) {
	if h.text.Len()+len(p) > MaxOutput {
		h.overflow()
		return 0, errTooMuch
	}
	return h.text.Write(p)
}

// tail keeps the end of what is printed.
type tail struct {
	text []byte
	cut  bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - maxStderr; over > maxStderr { // not at each write
		t.text, t.cut = append(t.text[:0], t.text[over:]...), true
	}
	return len(p), nil
}

func (t *tail) String() string {
	text := t.text
	if over := len(text) - maxStderr; over > 0 {
		text, t.cut = text[over:], true
	}
	if t.cut { // within a line
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			text = text[i+1:]
		}
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
