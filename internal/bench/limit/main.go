// Command limit does the least that an index of a polyrepo could do: it reads every byte of the files that it is told of, parses
// each manifest with a bare tree-sitter and the allocator that its binding comes with, and passes once over each lock with
// encoding/json.Valid, on as many goroutines as there are processors. It is a program of its own because package parse, which it
// must not hold, gives tree-sitter another allocator.
//
// It reads the paths from standard input, one a line, and writes the least milliseconds of some rounds: by the clock, and of the processors.
// With the path of a manifest as its argument it parses that alone, on one processor: so many times for each line that it reads,
// and writes the middle of their milliseconds.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alexaandru/go-sitter-forest/nix"
	tree_sitter "github.com/tree-sitter/go-tree-sitter"
)

// rounds is how often all is done; the best counts, as the first also pays for the heap's growth.
const rounds = 3

func main() {
	if len(os.Args) == 2 {
		if err := one(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "limit:", err)
			os.Exit(1)
		}
		return
	}
	var paths []string
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		paths = append(paths, lines.Text())
	}
	best, cpu := time.Duration(0), time.Duration(0)
	for range rounds {
		start, before := time.Now(), processorTime()
		if err := round(paths); err != nil {
			fmt.Fprintln(os.Stderr, "limit:", err)
			os.Exit(1)
		}
		if took := time.Since(start); best == 0 || took < best {
			best = took
		}
		if took := processorTime() - before; cpu == 0 || took < cpu {
			cpu = took
		}
	}
	fmt.Printf("%.1f %.1f\n", best.Seconds()*1000, cpu.Seconds()*1000)
}

// processorTime is what the process has used of all processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the arguments are right
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func round(paths []string) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for worker := range errs {
		workers.Go(func() { errs[worker] = work(paths, &next) })
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func work(paths []string, next *atomic.Int64) error {
	parser := tree_sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(tree_sitter.NewLanguage(nix.GetLanguage())); err != nil {
		return err
	}
	for {
		i := int(next.Add(1)) - 1
		if i >= len(paths) {
			return nil
		}
		text, err := os.ReadFile(paths[i])
		if err != nil {
			return err
		}
		switch filepath.Base(paths[i]) {
		case "flake.nix":
			parser.Parse(text, nil).Close()
		case "flake.lock":
			if !json.Valid(text) {
				return fmt.Errorf("%s is no JSON", paths[i])
			}
		}
	}
}

// parses is how often one manifest is parsed for a line. The first of them only warm up what another process has cooled.
const parses, warm = 60, 10

func one(path string) error {
	runtime.GOMAXPROCS(1)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	parser := tree_sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(tree_sitter.NewLanguage(nix.GetLanguage())); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		times := make([]time.Duration, parses)
		for i := range times {
			start := time.Now()
			parser.Parse(text, nil).Close()
			times[i] = time.Since(start)
		}
		times = times[warm:]
		slices.Sort(times)
		if _, err := fmt.Printf("%.4f\n", times[len(times)/2].Seconds()*1000); err != nil {
			return err
		}
	}
	return lines.Err()
}
