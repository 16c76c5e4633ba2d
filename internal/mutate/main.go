// Command mutate shows that the archives of the rules prove something: it takes the guards out of the rules, one at a time,
// and wants a test to fail each time.
//
// All mutants are compiled into one test binary of ./diagnostics, by an overlay, so that nothing is written into the tree; an
// environment variable chooses the mutant of a run. A mutant of a rule's file is tried with the rule's archive, one of another
// file with all archives, and both with the recorded verdicts of Nix; where FILE_test.go stands beside FILE.go its tests are run too.
//
// Mutants that no test can tell from the original are listed in survivors.tsv, with the reason. Run it from the module's root:
//
//	go run ./internal/mutate [-sample N] [-seed S] [-only FILE.go,…]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	folder        = "diagnostics"
	survivorsFile = "internal/mutate/survivors.tsv"
	// engine matches the files that run the rules and are none; they have tests of their own.
	engine = "doc.go rule.go finding.go engine.go kept.go runall.go fixall.go fingerprint.go"
	// leastPatience is how long a run may take at least, and slowdown how many times as long as without a mutation. One that
	// takes longer goes round in a circle and counts as failed.
	leastPatience = 5 * time.Second
	slowdown      = 20
)

func main() {
	sample := flag.Int("sample", 0, "try only `N` mutants, spread over the files; 0 is all")
	seed := flag.Uint64("seed", 1, "choose the sample by this `number`")
	only := flag.String("only", "", "try only the mutants of these `files`, separated by commas")
	flag.Parse()
	unexplained, err := run(*sample, *seed, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if unexplained > 0 {
		os.Exit(1)
	}
}

// run tries the mutants and gives the number of complaints.
func run(sample int, seed uint64, only string) (complaints int, err error) {
	all, binary, cleanUp, err := build()
	if err != nil {
		return 0, err
	}
	defer cleanUp()
	known, err := readSurvivors(survivorsFile)
	if err != nil {
		return 0, err
	}
	mutants := all
	if only != "" {
		mutants = slices.DeleteFunc(slices.Clone(all), func(m mutant) bool { return !slices.Contains(strings.Split(only, ","), m.file) })
	}
	if sample > 0 {
		mutants = spread(mutants, sample, seed)
	}
	patience := map[string]time.Duration{} // by the tests
	for _, tests := range testsOf(mutants) {
		start := time.Now()
		if output, failed, err := try(binary, mutant{}, tests, time.Minute); err != nil || failed {
			return 0, fmt.Errorf("the tests %s fail without any mutation: %v\n%s", tests, err, output)
		}
		patience[tests] = max(leastPatience, slowdown*time.Since(start))
	}
	survived, err := tryAll(binary, mutants, patience)
	if err != nil {
		return 0, err
	}
	for _, m := range survived {
		if _, explained := known[m.name()]; !explained {
			complaints++
			fmt.Printf("%s/%s:%d:%d: nothing fails without this %s in %s: %s\n", folder, m.file, m.line, m.column, m.kind, m.function, m.text)
		}
	}
	if sample == 0 && only == "" {
		complaints += stale(known, survived)
	}
	fmt.Printf("%d mutants tried of %d, %d survived, %d without a reason in %s\n", len(mutants), len(all), len(survived), complaints, survivorsFile)
	return complaints, nil
}

// stale complains of reasons for what does not survive any more, so that the list cannot rot.
func stale(known map[string]string, survived []mutant) (complaints int) {
	for name := range known {
		if !slices.ContainsFunc(survived, func(m mutant) bool { return m.name() == name }) {
			complaints++
			fmt.Printf("%s: no such survivor: %s\n", survivorsFile, strings.ReplaceAll(name, "\t", " "))
		}
	}
	return complaints
}

// readSurvivors reads lines of file, function, kind, text and reason, separated by tabs; the first four are the name.
func readSurvivors(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for i, line := range strings.Split(string(content), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 5 || strings.TrimSpace(fields[4]) == "" {
			return nil, fmt.Errorf("%s:%d: expected file, function, kind, text and reason, separated by tabs", path, i+1)
		}
		known[strings.Join(fields[:4], "\t")] = fields[4]
	}
	return known, nil
}

// build makes the test binary that holds all mutants.
func build() (mutants []mutant, binary string, cleanUp func(), err error) {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, "", nil, err
	}
	remove := func() { os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, "", nil, err
	}
	replace := map[string]string{}
	overlay := func(name, content string) error {
		path, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		replace[path] = filepath.Join(dir, name)
		return os.WriteFile(replace[path], []byte(content), 0o644)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") || slices.Contains(strings.Fields(engine), filepath.Base(path)) {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, "", nil, err
		}
		changed, found, err := instrument(filepath.Base(path), string(source), len(mutants)+1)
		if err != nil {
			return nil, "", nil, err
		}
		mutants = append(mutants, found...)
		if err := overlay(filepath.Base(path), changed); err != nil {
			return nil, "", nil, err
		}
	}
	if err := overlay("mutant_switch.go", switchSource); err != nil {
		return nil, "", nil, err
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, "", nil, err
	}
	overlayPath := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayPath, list, 0o644); err != nil {
		return nil, "", nil, err
	}
	binary = filepath.Join(dir, "diagnostics.test")
	command := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlayPath, "-o", binary, "./"+folder)
	if output, err := command.CombinedOutput(); err != nil {
		return nil, "", nil, fmt.Errorf("go test -c: %w\n%s", err, output)
	}
	return mutants, binary, remove, nil
}

// spread takes up to n mutants, from each file in turn, so that a small sample reaches many rules.
func spread(mutants []mutant, n int, seed uint64) []mutant {
	byFile := map[string][]mutant{}
	var files []string
	for _, m := range mutants {
		if byFile[m.file] == nil {
			files = append(files, m.file)
		}
		byFile[m.file] = append(byFile[m.file], m)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for _, file := range files {
		list := byFile[file]
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	var taken []mutant
	for round := 0; len(taken) < min(n, len(mutants)); round++ {
		for _, file := range files {
			if round < len(byFile[file]) && len(taken) < n {
				taken = append(taken, byFile[file][round])
			}
		}
	}
	return taken
}

// testsOf are the choices of tests that the mutants need, each once.
func testsOf(mutants []mutant) []string {
	var list []string
	for _, m := range mutants {
		if tests := m.tests(); !slices.Contains(list, tests) {
			list = append(list, tests)
		}
	}
	return list
}

// tests chooses, for -test.run, the tests that should notice the mutant.
func (m mutant) tests() string {
	stem := strings.TrimSuffix(m.file, ".go")
	rule := func(archive string) string {
		return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(archive), ".txtar"), "_", "-")
	}
	own := "" // the tests of a file of the same name, with all that is below them
	if source, err := os.ReadFile(filepath.Join(folder, stem+"_test.go")); err == nil {
		var names []string
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			names = append(names, name[1])
		}
		own = "|^(" + strings.Join(names, "|") + ")$"
	}
	const all = "^(TestArchives|TestRecordedVerdicts.*)$"
	if _, err := os.Stat(filepath.Join(folder, stem+".txtar")); err == nil {
		return all + "/^(" + rule(stem) + "|recorded)$" + own
	}
	archives, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for i, archive := range archives {
		archives[i] = rule(archive)
	}
	return all + "/^(" + strings.Join(append(archives, "recorded"), "|") + ")$" + own
}

// tryAll tries the mutants side by side and gives those with which no test failed, in their order.
func tryAll(binary string, mutants []mutant, patience map[string]time.Duration) ([]mutant, error) {
	failed := make([]bool, len(mutants))
	errs := make([]error, len(mutants))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				tests := mutants[i].tests()
				_, failed[i], errs[i] = try(binary, mutants[i], tests, patience[tests])
			}
		})
	}
	for i := range mutants {
		next <- i
	}
	close(next)
	workers.Wait()
	var survived []mutant
	for i, m := range mutants {
		if !failed[i] {
			survived = append(survived, m)
		}
	}
	return survived, errors.Join(errs...)
}

// try runs tests with one mutant switched on, the zero one for none, and says whether they failed.
func try(binary string, m mutant, tests string, patience time.Duration) (output []byte, failed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "-test.failfast", "-test.run", tests)
	command.Dir = folder
	command.Env = append(os.Environ(), switchVariable+"="+strconv.Itoa(m.number), "GOMAXPROCS=1")
	var buffer bytes.Buffer
	command.Stdout, command.Stderr = &buffer, &buffer
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) || ctx.Err() != nil {
		return buffer.Bytes(), true, nil
	}
	return buffer.Bytes(), false, err
}
