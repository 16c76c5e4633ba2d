// Command bench measures the speed and the memory of a polyrepo of ten thousand leaves: what `make bench` runs.
//
//	go run ./internal/bench [-leaves N] [-seed S] [-rounds R] [-record FILE] [-keep DIR]
//
// It generates the polyrepo (internal/polyrepogen), reads all of it once so that the page cache is warm, and then measures,
// each in a process of its own: the limit (internal/bench/limit), an index with all rules and then how long a change takes to be
// judged, and `check` of the real program. Times are compared with the limit of the same round, by the clock and, as other
// programs disturb these less, by what the processors spent; nothing is asserted. With -record the numbers are appended to a
// table, and those that differ from its last line by more than a tenth are named. -rounds 0 only generates.
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
	leaves := flag.Int("leaves", 10_000, "how many leaves the polyrepo has")
	seed := flag.Uint64("seed", 1, "which polyrepo is generated")
	rounds := flag.Int("rounds", 3, "how often all is measured; the middle one of each number counts")
	record := flag.String("record", "", "append the numbers to this `FILE`")
	keep := flag.String("keep", "", "generate the polyrepo in this `DIR`, and leave it there")
	flag.Parse()
	exitWith(run(*leaves, *seed, *rounds, *record, *keep))
}

func exitWith(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(leaves int, seed uint64, rounds int, record, keep string) error {
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
	var all []numbers
	for range rounds {
		n, err := b.round()
		if err != nil {
			return err
		}
		all = append(all, n)
		fmt.Println(n.line())
	}
	if rounds == 0 {
		return nil
	}
	middle := median(all)
	fmt.Print("\n" + middle.table())
	if record == "" {
		return nil
	}
	return appendRecord(record, leaves, middle)
}
