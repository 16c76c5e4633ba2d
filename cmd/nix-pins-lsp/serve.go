package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/nix-pins-lsp/nix-pins-lsp/lsp"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// serveFlags are the flags of serve; the zero value is what it does without any.
type serveFlags struct{ logFile, logLevel string }

func newServe() *cobra.Command {
	var flags serveFlags
	var stdio bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve an editor over standard input and output",
		Long: `Serve an editor over standard input and output, in the Language Server Protocol.

Editors start it; see docs/editors. What it has to say about itself goes to standard
error, or to the file of --log-file. No text of a document is ever logged.

Exit code: 0 after shutdown and exit, 1 when the editor goes without saying so,
2 when the server could not start.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, flags) },
	}
	cmd.Flags().BoolVar(&stdio, "stdio", false, "serve over standard input and output (the default, and the only way)")
	cmd.Flags().StringVar(&flags.logFile, "log-file", "", "append the log to `FILE` instead of standard error")
	cmd.Flags().StringVar(&flags.logLevel, "log-level", "info", "what is logged: debug, info, warn, error")
	complete(cmd, "log-level", "debug", "info", "warn", "error")
	return cmd
}

func serve(cmd *cobra.Command, flags serveFlags) error {
	level := slog.LevelInfo
	if flags.logLevel != "" {
		if err := level.UnmarshalText([]byte(flags.logLevel)); err != nil {
			return fmt.Errorf("--log-level %q, expected debug, info, warn or error", flags.logLevel)
		}
	}
	to := cmd.ErrOrStderr()
	if flags.logFile != "" {
		file, err := os.OpenFile(flags.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("--log-file: %w", err)
		}
		defer file.Close()
		to = file
	}
	code := lsp.Serve(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), lsp.Options{
		Log:          slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level})),
		Version:      buildVersion(),
		PanicReports: panicReports(),
		Environment:  workspace.ProcessEnvironment(),
	})
	if code != exitClean {
		return exit(code)
	}
	return nil
}
