// Command bench measures the speed and the memory of a polyrepo of ten thousand leaves: what `make bench` runs.
//
//	go run ./internal/bench [-leaves N] [-seed S] [-rounds R] [-only PART] [-record DIR] [-keep DIR] [-profile FILE]
//
// It generates the polyrepo (internal/polyrepogen), reads all of it once so that the page cache is warm, and then measures,
// each in a process of its own: the limit (internal/bench/limit), an index with all rules and then how long a change takes to be
// judged, and `check` of the real program. Times are compared with the limit of the same round, by the clock and, as other
// programs disturb these less, by what the processors spent; nothing is asserted. With -record the numbers are appended to a
// table, and those that differ from its last line by more than a tenth are named. -rounds 0 only generates. With -profile nothing is measured: what the program does
// with its time is written to a file, by which Go compiles it (cmd/nix-pins-lsp/default.pgo; `make pgo`).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == measureArgument {
		exitWith(measure(os.Args[2]))
		return
	}
	if len(os.Args) > 2 && os.Args[1] == runArgument {
		exitWith(runAlone(os.Args[2:]))
		return
	}
	leaves := flag.Int("leaves", 10_000, "how many leaves the polyrepo has")
	seed := flag.Uint64("seed", 1, "which polyrepo is generated")
	rounds := flag.Int("rounds", 3, "how often all is measured; the middle one of each number counts")
	only := flag.String("only", "", "measure only one `PART`: polyrepo or editor")
	record := flag.String("record", "", "append the numbers to the tables in this `DIR`")
	keep := flag.String("keep", "", "generate the polyrepo in this `DIR`, and leave it there")
	profile := flag.String("profile", "", "write a CPU profile of an editor's work and of a check to this `FILE`")
	flag.Parse()
	if *profile != "" {
		exitWith(writeProfile(*profile, *leaves, *seed))
		return
	}
	exitWith(run(*leaves, *seed, *rounds, *only, *record, *keep))
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(leaves int, seed uint64, rounds int, only, record, keep string) error {
	work, err := os.MkdirTemp("", "nix-pins-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if keep == "" {
		keep = filepath.Join(work, "polyrepo")
	}
	b, err := prepare(work, keep, leaves, seed)
	if err != nil {
		return err
	}
	fmt.Print(b.repo.Shape.String())
	if rounds == 0 {
		return nil
	}
	for _, part := range []struct {
		name  string
		sheet *sheet
		round func() (numbers, error)
	}{{"polyrepo", polyrepoSheet, b.round}, {"editor", editorSheet, b.editorRound}} {
		if only != "" && only != part.name {
			continue
		}
		var all []numbers
		for range rounds {
			n, err := part.round()
			if err != nil {
				return err
			}
			all = append(all, n)
			fmt.Println(part.sheet.line(n))
		}
		middle := part.sheet.median(all)
		fmt.Print("\n" + part.sheet.table(middle) + "\n")
		if record != "" {
			if err := part.sheet.appendRecord(record, leaves, middle); err != nil {
				return err
			}
		}
	}
	return nil
}
