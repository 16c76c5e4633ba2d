package main

import (
	"os"
	"runtime/pprof"
)

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
