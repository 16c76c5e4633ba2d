package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
)

// writeProfile writes what the real program does with its time, in an editor and in a check, each in a process of its own.
func writeProfile(file string, leaves int, seed uint64) error {
	work, err := os.MkdirTemp("", "nix-pins-profile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	profiles := filepath.Join(work, "profiles")
	if err := os.Mkdir(profiles, 0o755); err != nil {
		return err
	}
	// Of a program that is compiled by a profile the next profile would say other things.
	b, err := prepare(work, filepath.Join(work, "polyrepo"), leaves, seed, "-tags", "profile", "-pgo", "off")
	if err != nil {
		return err
	}
	if err := os.Setenv("NIX_PINS_PROFILE", profiles); err != nil { // of cmd/nix-pins-lsp/profile.go
		return err
	}
	if _, err := b.editorRound(); err != nil {
		return err
	}
	if err := b.check(new(numbers)); err != nil {
		return err
	}
	written, err := filepath.Glob(filepath.Join(profiles, "*"))
	if err != nil {
		return err
	}
	arguments := []string{"tool", "pprof", "-proto"}
	for _, path := range written {
		// Of a server that was killed, as when starts are measured, nothing is in it.
		if info, err := os.Stat(path); err != nil {
			return err
		} else if info.Size() > 0 {
			arguments = append(arguments, path)
		}
	}
	if len(arguments) == 3 {
		return errors.New("the program wrote no profile")
	}
	merge := exec.Command("go", arguments...)
	var stderr bytes.Buffer
	merge.Stderr = &stderr
	merged, err := merge.Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w\n%s", err, stderr.String())
	}
	return os.WriteFile(file, merged, 0o644)
}

// profiled writes a CPU profile to the file that an environment variable names, if it is set.
func profiled(variable string) (stop func(), err error) {
	path := os.Getenv(variable)
	if path == "" {
		return func() {}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		file.Close()
	}, nil
}

// heapProfile writes a profile of the live heap to the file that BENCH_HEAP names, if it is set.
func heapProfile() error {
	path := os.Getenv("BENCH_HEAP")
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return pprof.WriteHeapProfile(file)
}
