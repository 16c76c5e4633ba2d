package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/polyrepogen"
)

// bench is a polyrepo and the programs that are measured on it.
type bench struct {
	repo                  *polyrepogen.Polyrepo
	limit, program, empty string
	// work is a folder for what is measured.
	work string
	// files are all that an index has to read, one path a line.
	files string
}

// prepare generates the polyrepo and builds the programs; flags are for the build of nix-pins-lsp.
func prepare(work, dir string, leaves int, seed uint64, flags ...string) (*bench, error) {
	b := &bench{work: work, limit: filepath.Join(work, "limit"), program: filepath.Join(work, "nix-pins-lsp"), empty: filepath.Join(work, "empty")}
	for path, pkg := range map[string]string{b.limit: "./internal/bench/limit", b.program: "./cmd/nix-pins-lsp", b.empty: "./internal/bench/empty"} {
		arguments := []string{"build", "-trimpath"}
		if path == b.program {
			arguments = append(arguments, flags...)
		}
		if out, err := exec.Command("go", append(arguments, "-o", path, pkg)...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", pkg, err, out)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	repo, err := polyrepogen.Write(dir, polyrepogen.Options{Seed: seed, Leaves: leaves})
	if err != nil {
		return nil, err
	}
	b.repo = repo
	all := slices.Concat(repo.Manifests, repo.Locks, repo.Settings, repo.Others)
	slices.Sort(all)
	b.files = strings.Join(all, "\n") + "\n"
	for _, path := range all { // into the page cache
		if _, err := os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// leastOf measures the limit.
func (b *bench) leastOf(n *numbers) error {
	limit, err := output(strings.NewReader(b.files), b.limit)
	if err != nil {
		return err
	}
	if _, err = fmt.Sscan(limit, &n.Limit, &n.LimitCPU); err != nil {
		return fmt.Errorf("what limit wrote: %w", err)
	}
	return nil
}

// round measures everything once, the limit before and after the index: it counts as the mean of both, as a machine that others
// use is not as fast in one second as in the next.
func (b *bench) round() (numbers, error) {
	var n numbers
	if err := b.leastOf(&n); err != nil {
		return n, err
	}
	self, err := os.Executable()
	if err != nil {
		return n, err
	}
	measured, err := output(nil, self, measureArgument, b.repo.Root)
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal([]byte(measured), &n.measured); err != nil {
		return n, fmt.Errorf("%w: %s", err, measured)
	}
	before := n
	if err := b.leastOf(&n); err != nil {
		return n, err
	}
	n.Limit, n.LimitCPU = (before.Limit+n.Limit)/2, (before.LimitCPU+n.LimitCPU)/2
	if err := b.check(&n); err != nil {
		return n, err
	}
	if err := b.fix(&n); err != nil {
		return n, err
	}
	return n, nil
}

// check runs `nix-pins-lsp check` over all of it. Findings are no failure.
func (b *bench) check(n *numbers) (err error) {
	n.Check, n.CheckCPU, n.CheckPeak, err = b.alone("check", "--fail-on", "error")
	return err
}

// fix runs `nix-pins-lsp fix --diff` over all of it.
func (b *bench) fix(n *numbers) (err error) {
	n.Fix, _, n.FixPeak, err = b.alone("fix", "--diff")
	return err
}

// alone runs a subcommand over all of it in a process of its own. took and cpu are in milliseconds, peak is in MiB.
func (b *bench) alone(subcommand ...string) (took, cpu, peak float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, 0, err
	}
	said, err := output(nil, self, append(append([]string{runArgument, b.program}, subcommand...), b.repo.Root)...)
	if err != nil {
		return 0, 0, 0, err
	}
	_, err = fmt.Sscan(said, &took, &cpu, &peak)
	return took, cpu, peak, err
}

// runArgument makes the program runAlone.
const runArgument = "run"

// runAlone runs a program and writes how long it took, by the clock and by the processors, in milliseconds, and its peak in MiB. That is
// done in a process of its own: the system counts the peak of the process that starts another one as that one's too.
func runAlone(line []string) error {
	command := exec.Command(line[0], line[1:]...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	start := time.Now()
	err := command.Run()
	took := milliseconds(time.Since(start))
	state := command.ProcessState
	if state == nil || state.ExitCode() != 0 && state.ExitCode() != 1 {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(line[0]), err, stderr.String())
	}
	_, err = fmt.Println(took, milliseconds(state.UserTime()+state.SystemTime()), float64(state.SysUsage().(*syscall.Rusage).Maxrss)/1024)
	return err
}

// output is what a program writes.
func output(in *strings.Reader, name string, arguments ...string) (string, error) {
	command := exec.Command(name, arguments...)
	if in != nil {
		command.Stdin = in
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, stderr.String())
	}
	return stdout.String(), nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
