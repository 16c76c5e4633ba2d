// Command nix-pins-lsp keeps a polyrepo of Nix flakes on one version of everything: a language server for editors, and the
// same rules and edits on the command line and in CI.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/gctune"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// The exit codes of every subcommand but serve, whose codes are the specification's.
const (
	exitClean    = 0
	exitFindings = 1
	exitFailed   = 2
)

// exit is an error that carries an exit code and nothing to print: what there was to say has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	gctune.Start(parse.FreeMemory)
	stop := startProfile()
	code := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// startProfile begins to note what the program does with its time, in a program that is built for it (profile.go).
var startProfile = func() (stop func()) { return func() {} }

// run is main without the process: the tests call it.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	var code exit
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &code):
		return int(code)
	}
	lines := strings.Split(err.Error(), "\n")
	for i := range lines { // it may name a path
		lines[i] = text.PrintableSource(lines[i])
	}
	fmt.Fprintf(errs, "nix-pins-lsp: %s\n", strings.Join(lines, "\n"))
	return exitFailed
}

func newRoot() *cobra.Command {
	var stdio bool
	root := &cobra.Command{
		Use:   "nix-pins-lsp",
		Short: "Keep a polyrepo of Nix flakes on one version of everything",
		Long: `Keep a polyrepo of Nix flakes on one version of everything.

One central flake, pins, declares every input with a URL; every other flake follows
it (nixpkgs.follows = "pins/nixpkgs"). nix-pins-lsp shows where an input does not,
and offers the edit that makes it.

With no subcommand it serves an editor over standard input and output (the Language
Server Protocol). On the command line, begin with

  nix-pins-lsp check .        what should follow pins, and what Nix will refuse
  nix-pins-lsp fix --diff .   the edits that are safe, as a diff
  nix-pins-lsp explain raw-url

It reads files. It never evaluates Nix, starts a process or uses the network by itself;
an editor can have it run nix or git where a person chooses a command, and fix --lock
runs nix.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return serve(cmd, serveFlags{}) },
	}
	root.Flags().BoolVar(&stdio, "stdio", false, "serve over standard input and output (the default)")
	root.AddCommand(newServe(), newCheck(), newFix(), newAlign(), newShow(), newGraph(), newReport(), newRequirement(), newRef(), newExplain(), newConfig(), newBug(), newVersion())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nSee: %s --help", err, cmd.CommandPath())
	})
	return root
}
