//go:build profile

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
)

// Each process writes a CPU profile of its own into the folder that NIX_PINS_PROFILE names: `make pgo` makes default.pgo of them.
func init() {
	startProfile = func() (stop func()) {
		file, err := os.Create(filepath.Join(os.Getenv("NIX_PINS_PROFILE"), fmt.Sprintf("%d.pprof", os.Getpid())))
		if err == nil {
			err = pprof.StartCPUProfile(file)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "nix-pins-lsp: profile:", err)
			os.Exit(exitFailed)
		}
		return func() {
			pprof.StopCPUProfile()
			if err := file.Close(); err != nil {
				fmt.Fprintln(os.Stderr, "nix-pins-lsp: profile:", err)
			}
		}
	}
}
