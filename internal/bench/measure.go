package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/gctune"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// measureArgument makes this program measure an index, in a process of its own.
const measureArgument = "measure"

// measured is what one process finds out. Times are in milliseconds.
type measured struct {
	// Index is the walk, the index and all rules over all files by the clock, IndexCPU what the processors spent on it; Read and
	// Rules are its parts.
	Index, IndexCPU, Read, Rules float64
	Findings                     int
	// Heap is the live heap in bytes for each leaf, with the index alone; Node the bytes of lock graph for each node.
	Heap, Node float64
	// Kept is the live heap in bytes for each leaf of what was found in all files, beside Heap.
	Kept float64
	// Resident and Peak are in MiB, after the index with its rules; Resident when it has been quiet for a while.
	Resident, Peak float64
	// Leaf is the middle time to judge one leaf after an edit, Worst the longest of them; Pins the same for open documents after
	// pins' flake.nix changed, All for all leaves after that, AllLock for all leaves after pins' flake.lock changed.
	Leaf, LeafWorst, Pins, All, AllLock float64
	// AllCPU and AllLockCPU are what the processors spent on All and AllLock.
	AllCPU, AllLockCPU float64
}

func measure(root string) error {
	var m measured
	ctx := context.Background()
	w := workspace.New(workspace.Options{Roots: []string{root}, Environment: workspace.Environment{}, RuleCodes: diagnostics.Codes()})
	empty := liveHeap()
	gctune.Start(parse.FreeMemory)
	stop, err := profiled("BENCH_PROFILE")
	if err != nil {
		return err
	}
	start, before := time.Now(), processorTime()
	if err := w.Index(ctx, nil); err != nil {
		return err
	}
	m.Read = milliseconds(time.Since(start))
	s := w.Snapshot()
	files := slices.Collect(s.Judged())
	var count atomic.Int64
	err = diagnostics.RunEach(ctx, s, files, func(_ int, findings []diagnostics.Finding) { count.Add(int64(len(findings))) })
	if err != nil {
		return err
	}
	m.Index, m.IndexCPU = milliseconds(time.Since(start)), milliseconds(processorTime()-before)
	stop()
	m.Rules, m.Findings = m.Index-m.Read, int(count.Load())
	m.Peak = status("VmHWM:")
	time.Sleep(untilQuiet)
	m.Resident = status("VmRSS:")
	leaves := 0
	for _, path := range files {
		if filepath.Base(path) == "flake.nix" {
			leaves++
		}
	}
	m.Heap = float64(liveHeap()-empty) / float64(leaves)
	if err := heapProfile(); err != nil {
		return err
	}
	runtime.KeepAlive(s)
	if m.Node, err = lockNodes(files); err != nil {
		return err
	}
	if err := m.changes(ctx, w, root, files, leaves); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// liveHeap is the bytes of the heap that are live.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers and caches held
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}

// lockNodes measures the memory of lock graphs, in bytes for each node.
func lockNodes(files []string) (float64, error) {
	var texts []string
	for _, path := range files {
		if filepath.Base(path) == "flake.lock" && len(texts) < 2000 {
			text, err := os.ReadFile(path)
			if err != nil {
				return 0, err
			}
			texts = append(texts, string(text))
		}
	}
	before, nodes := liveHeap(), 0
	table := lock.NewTable(new(text.Store))
	graphs := make([]*lock.Graph, len(texts))
	for i, content := range texts {
		graph, err := table.Parse(content)
		if err != nil {
			return 0, err
		}
		graphs[i] = graph
		nodes += graph.Len()
	}
	table.Complete()
	after := liveHeap()
	runtime.KeepAlive(graphs)
	runtime.KeepAlive(texts)
	return (float64(after) - float64(before)) / float64(max(nodes, 1)), nil
}

// changes measures what an edit costs.
func (m *measured) changes(ctx context.Context, w *workspace.Workspace, root string, files []string, leaves int) error {
	var open []string
	for i := 0; len(open) < 10; i += 997 {
		if path := files[i%len(files)]; filepath.Base(path) == "flake.nix" && !strings.Contains(path, "/pins/") && !slices.Contains(open, path) {
			open = append(open, path)
		}
	}
	texts := map[string]string{}
	pins := filepath.Join(root, "pins", "flake.nix")
	for _, path := range append(slices.Clone(open), pins) {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		texts[path] = string(text)
		if path != pins {
			w.Open(path, 1, string(text))
		}
	}
	var kept diagnostics.Kept
	judge := func(s *workspace.Snapshot, paths ...string) (float64, error) {
		start := time.Now()
		_, err := kept.RunAll(ctx, s, paths, nil)
		return milliseconds(time.Since(start)), err
	}
	judgeAll := func(s *workspace.Snapshot) (clock, cpu float64, err error) {
		before := processorTime()
		clock, err = judge(s, files...)
		return clock, milliseconds(processorTime() - before), err
	}
	before := liveHeap()
	if _, _, err := judgeAll(w.Snapshot()); err != nil { // as a server has done whose client asks for the findings of all files
		return err
	}
	m.Kept = float64(liveHeap()-before) / float64(leaves)
	var leaf []float64
	for i := range 100 {
		path := open[i%len(open)]
		start := time.Now()
		s := w.Change(path, int32(i+2), fmt.Sprintf("%s# %d\n", texts[path], i))
		if _, err := judge(s, path); err != nil {
			return err
		}
		leaf = append(leaf, milliseconds(time.Since(start)))
	}
	slices.Sort(leaf)
	m.Leaf, m.LeafWorst = leaf[len(leaf)/2], leaf[len(leaf)-1]
	var pinsTimes []float64
	for i := range 5 {
		start := time.Now()
		text := strings.Replace(texts[pins], "github:numtide/devshell", fmt.Sprintf("github:numtide/devshell/v%d", i), 1)
		s := w.Open(pins, int32(i+1), text)
		if _, err := judge(s, open...); err != nil {
			return err
		}
		pinsTimes = append(pinsTimes, milliseconds(time.Since(start)))
		if i == 4 {
			var err error
			if m.All, m.AllCPU, err = judgeAll(s); err != nil {
				return err
			}
		}
	}
	slices.Sort(pinsTimes)
	m.Pins = pinsTimes[len(pinsTimes)/2]
	lock := filepath.Join(root, "pins", "flake.lock")
	text, err := os.ReadFile(lock)
	if err != nil {
		return err
	}
	stop, err := profiled("BENCH_PROFILE_LOCK")
	if err != nil {
		return err
	}
	defer stop()
	s := w.Open(lock, 1, strings.Replace(string(text), `"rev": "`, `"rev": "0123456789`, 1))
	m.AllLock, m.AllLockCPU, err = judgeAll(s)
	return err
}

// processorTime is what this process has used of all processors.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the arguments are right
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// status is a line of /proc/self/status that counts KiB, in MiB.
func status(name string) float64 { return statusOf("self", name) }

// statusOf is that of a process, by its number.
func statusOf(process, name string) float64 {
	text, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			var kib float64
			if _, err := fmt.Sscan(rest, &kib); err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}
