package main

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const editorHead = `# Benchmarks of the editor

What ` + "`make bench`" + ` measured of the real program over a pipe, a line a commit: the middle of three rounds, with a flake of 60 inputs open
whose lock has 150 nodes, alone (p50, resident) and within the generated polyrepo too (p99 is the worse of the two; "in polyrepo" is p50 there
by p50 alone). The demands stand in internal/bench/editor.go. "× parse" is by a parse of the same text with a bare tree-sitter, block by block: 50 keys, then 50 parses, the middle of ten.

`

// kinds are what an editor asks, in the order in which they are measured and shown.
var kinds = []struct {
	name, title string
	// most50 and most99 are the most milliseconds, or for most50 parses where inParses is set; 0 asks nothing.
	most50, most99 float64
	inParses       bool
}{
	{"key 5", "key to diagnostics, 5 findings", 1.6, 5, true},
	{"key 60", "key to diagnostics, 60 findings", 2.2, 5, true},
	{"completion", "completion", 0.5, 2, false},
	{"hover", "hover", 0, 0.5, false},
	{"definition", "definition", 0, 0.5, false},
	{"hints", "hints of the file", 0, 2, false},
	{"lenses", "lenses of the file", 0, 2, false},
}

// editorNumbers are the results of one round, in milliseconds and MiB.
type editorNumbers struct {
	parse map[string]float64 // of the text of a kind
	// ratio is the p50 of a block of a kind by the middle parse just after it, the middle of all blocks: a machine that is fast in
	// one second and slow in the next is so for both.
	ratio map[string]float64
	// alone and within hold the sorted times of each kind.
	alone, within map[string][]float64
	// start is from the start of the program to the first diagnostics, over that of an empty program.
	start, startWithin float64
	// resident is with the flake open, of it mapped what is mapped from files; edited the same after very many edits, quiet when
	// nothing has been asked for a while after these.
	resident, mapped, edited, quiet float64
}

// editorSheet is of what an editor sees.
var editorSheet = &sheet{file: "editor-benchmarks.md", head: editorHead, columns: editorColumns()}

func editorColumns() []column {
	list := []column{{"parse ms", "a bare parse of the text with 5 findings (ms)", 0, func(n numbers) float64 { return n.editor.parse["key 5"] }}}
	for _, k := range kinds {
		if k.inParses {
			list = append(list, column{k.name + " p50", k.title + ", p50 × parse", k.most50, func(n numbers) float64 {
				return n.editor.ratio[k.name]
			}})
		} else {
			list = append(list, column{k.name + " p50 ms", k.title + ", p50 (ms)", k.most50, func(n numbers) float64 { return percentile(n.editor.alone[k.name], 50) }})
		}
		list = append(list,
			column{k.name + " p99 ms", k.title + ", p99 (ms)", k.most99, func(n numbers) float64 {
				return max(percentile(n.editor.alone[k.name], 99), percentile(n.editor.within[k.name], 99))
			}},
			column{k.name + " in polyrepo", k.title + ", in the polyrepo × alone", 1.2, func(n numbers) float64 {
				return percentile(n.editor.within[k.name], 50) / percentile(n.editor.alone[k.name], 50)
			}})
	}
	return append(list,
		column{"start ms", "start to first diagnostics, over an empty one (ms)", 10, func(n numbers) float64 { return n.editor.start }},
		column{"start in polyrepo ms", "the same in the polyrepo (ms)", 10, func(n numbers) float64 { return n.editor.startWithin }},
		column{"resident MB", "resident (MB)", 20, func(n numbers) float64 { return n.editor.resident }},
		column{"edited MB", "the same after 100,000 edits, × before", 1.1, func(n numbers) float64 { return n.editor.edited / n.editor.resident }},
		column{"mapped MB", "of the resident, mapped from the program and libc (MB)", 0, func(n numbers) float64 { return n.editor.mapped }},
		column{"quiet MB", "resident when it has been quiet for a while (MB)", 20, func(n numbers) float64 { return n.editor.quiet }},
	)
}

// percentile is a number of a sorted list; NaN of none.
func percentile(sorted []float64, percent int) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[(len(sorted)-1)*percent/100]
}

const (
	// blocks and inBlock are how often one kind is measured, alone and within the polyrepo by turns.
	blocks, inBlock = 10, 50
	starts          = 20
	// edits are those after which nothing may have grown.
	edits = 100_000
)

// session is an editor with the flake open.
type session struct {
	*client
	*sixty
	uri     string
	version int
	lines   int // the line of the end of inputs, before which things are typed
	lenses  bool
	quiet   bool // whether the space that is typed is there
}

// open starts a server and opens the flake; it returns with the first diagnostics.
func open(program string, flake *sixty) (*session, error) {
	s := &session{sixty: flake, uri: (&url.URL{Scheme: "file", Path: flake.leaf}).String(), version: 1}
	s.lines = strings.Count(flake.text[:strings.Index(flake.text, "  };\n  outputs")], "\n")
	var err error
	if s.client, err = serve(program); err != nil {
		return nil, err
	}
	said := s.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": (&url.URL{Scheme: "file", Path: flake.root}).String(),
		"initializationOptions": map[string]any{"editor": map[string]any{"debounce": 0}},
		"capabilities": map[string]any{
			"general":      map[string]any{"positionEncodings": []string{"utf-8"}},
			"workspace":    map[string]any{"didChangeWatchedFiles": map[string]any{"dynamicRegistration": true}},
			"textDocument": map[string]any{"inlayHint": map[string]any{}, "codeLens": map[string]any{}, "publishDiagnostics": map[string]any{"versionSupport": true}},
			"experimental": map[string]any{"serverStatusNotification": true},
		},
	})
	s.lenses = strings.Contains(string(said), `"codeLensProvider"`)
	s.notify("initialized", map[string]any{})
	s.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": s.uri, "languageId": "nix", "version": 1, "text": flake.text}})
	s.await(`"textDocument/publishDiagnostics"`)
	return s, s.err
}

// timed is the milliseconds from sending a frame to the message with the words.
func (s *session) timed(frame []byte, words ...string) float64 {
	start := time.Now()
	s.send(frame)
	s.await(words...)
	return milliseconds(time.Since(start))
}

// change is the frame of an edit within the line before the end of inputs, or of nothing but a new version.
func (s *session) change(from, to int, text string) []byte {
	s.version++
	at := func(character int) map[string]any { return map[string]any{"line": s.lines, "character": character} }
	return frame(map[string]any{"method": "textDocument/didChange", "params": map[string]any{
		"textDocument":   map[string]any{"uri": s.uri, "version": s.version},
		"contentChanges": []any{map[string]any{"range": map[string]any{"start": at(from), "end": at(to)}, "text": text}},
	}})
}

// key types a space, or takes it back.
func (s *session) key() []byte {
	s.quiet = !s.quiet
	if s.quiet {
		return s.change(0, 0, " ")
	}
	return s.change(0, 1, "")
}

func (s *session) diagnosed() []string {
	return []string{`"textDocument/publishDiagnostics"`, fmt.Sprintf(`"version":%d,`, s.version)}
}

// block measures one kind so many times.
func (s *session) block(kind string, times []float64) []float64 {
	if strings.HasPrefix(kind, "key") {
		for range inBlock {
			key := s.key()
			times = append(times, s.timed(key, s.diagnosed()...))
		}
		return times
	}
	document := map[string]any{"uri": s.uri}
	at := func(line int, text, word string) map[string]any {
		return map[string]any{"textDocument": document, "position": map[string]any{"line": line, "character": strings.Index(text, word) + len(word)}}
	}
	last := "    input-59.follows = \"pins/input-59\";"
	var method string
	var params map[string]any
	switch kind {
	case "completion":
		typed := "    typed.follows = \"pins/\";"
		s.timed(s.change(0, 0, typed+"\n"), s.diagnosed()...)
		defer func() {
			s.version++
			s.timed(frame(map[string]any{"method": "textDocument/didChange", "params": map[string]any{
				"textDocument": map[string]any{"uri": s.uri, "version": s.version},
				"contentChanges": []any{map[string]any{"text": "", "range": map[string]any{
					"start": map[string]any{"line": s.lines, "character": 0}, "end": map[string]any{"line": s.lines + 1, "character": 0},
				}}},
			}}), s.diagnosed()...)
		}()
		method, params = "completion", at(s.lines, typed, "pins/")
	case "hover":
		method, params = "hover", at(s.lines-1, last, "pins/inp")
	case "definition":
		method, params = "definition", at(s.lines-1, last, "pins/inp")
	case "hints":
		method, params = "inlayHint", map[string]any{"textDocument": document, "range": map[string]any{
			"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": s.lines + 2, "character": 0},
		}}
	case "lenses":
		if !s.lenses {
			return times
		}
		method, params = "codeLens", map[string]any{"textDocument": document}
	}
	for range inBlock {
		request, answer := s.request("textDocument/"+method, params)
		times = append(times, s.timed(request, answer))
	}
	return times
}

// editorRound measures everything that an editor sees once.
func (b *bench) editorRound() (numbers, error) {
	var n numbers
	n.editor = editorNumbers{parse: map[string]float64{}, ratio: map[string]float64{}, alone: map[string][]float64{}, within: map[string][]float64{}}
	for _, findings := range []int{5, 60} {
		if err := b.latency(&n.editor, findings); err != nil {
			return n, err
		}
	}
	return n, b.starts(&n.editor)
}

// latency measures the kinds that are of a flake with so many findings, alone and in the polyrepo by turns.
func (b *bench) latency(n *editorNumbers, findings int) error {
	alone, err := writeSixty(filepath.Join(b.work, "alone"), findings)
	if err != nil {
		return err
	}
	within, err := writeSixty(b.repo.Root, findings)
	if err != nil {
		return err
	}
	key := fmt.Sprint("key ", findings)
	parser, err := startParser(b.limit, alone.leaf)
	if err != nil {
		return err
	}
	defer parser.end()
	sessions := make([]*session, 2)
	for i, flake := range []*sixty{alone, within} {
		if sessions[i], err = open(b.program, flake); err != nil {
			return err
		}
		defer func() { _ = sessions[i].command.Process.Kill() }() // where an error came first
		if !sessions[i].indexed {
			sessions[i].await(`"quiescent":true`)
		}
		frame := sessions[i].key()
		sessions[i].send(frame)
		if said := sessions[i].await(sessions[i].diagnosed()...); strings.Count(string(said), `"raw-url"`) != findings {
			return fmt.Errorf("%d findings were expected in %s", findings, said)
		}
	}
	for _, kind := range kinds {
		if kind.name != key && (kind.inParses || findings != 5) {
			continue
		}
		var parses, ratios []float64
		for range blocks {
			times := sessions[0].block(kind.name, nil)
			n.alone[kind.name] = append(n.alone[kind.name], times...)
			if kind.inParses {
				parse, err := parser.middle()
				if err != nil {
					return err
				}
				slices.Sort(times)
				parses, ratios = append(parses, parse), append(ratios, percentile(times, 50)/parse)
			}
			n.within[kind.name] = sessions[1].block(kind.name, n.within[kind.name])
		}
		if kind.inParses {
			slices.Sort(parses)
			slices.Sort(ratios)
			n.parse[kind.name], n.ratio[kind.name] = percentile(parses, 50), percentile(ratios, 50)
		}
		slices.Sort(n.alone[kind.name])
		slices.Sort(n.within[kind.name])
	}
	if findings == 5 {
		sessions[0].memory(n)
	}
	return errors.Join(sessions[0].end(), sessions[1].end())
}

// untilQuiet is how long it takes until gctune has given back what nobody needs at rest.
const untilQuiet = 4 * time.Second

// memory measures what is resident, and again after many edits, which come faster than they are judged, and when it is quiet.
func (s *session) memory(n *editorNumbers) {
	process := strconv.Itoa(s.command.Process.Pid)
	n.resident, n.mapped = statusOf(process, "VmRSS:"), statusOf(process, "RssFile:")
	for range edits / 100 {
		for range 100 {
			s.send(s.key())
		}
		s.await(s.diagnosed()...)
	}
	n.edited = statusOf(process, "VmRSS:")
	time.Sleep(untilQuiet)
	n.quiet = statusOf(process, "VmRSS:")
}

// starts measures how long it takes from the start of the program to the first diagnostics.
func (b *bench) starts(n *editorNumbers) error {
	alone, err := writeSixty(filepath.Join(b.work, "alone"), 5)
	if err != nil {
		return err
	}
	within, err := writeSixty(b.repo.Root, 5)
	if err != nil {
		return err
	}
	var empty, first, firstWithin []float64
	for range starts {
		start := time.Now()
		if err := exec.Command(b.empty).Run(); err != nil {
			return err
		}
		empty = append(empty, milliseconds(time.Since(start)))
		for flake, times := range map[*sixty]*[]float64{alone: &first, within: &firstWithin} {
			start := time.Now()
			s, err := open(b.program, flake)
			if err != nil {
				return err
			}
			*times = append(*times, milliseconds(time.Since(start)))
			_ = s.command.Process.Kill()
			_ = s.command.Wait() // killed
		}
	}
	for _, times := range [][]float64{empty, first, firstWithin} {
		slices.Sort(times)
	}
	n.start = percentile(first, 50) - percentile(empty, 50)
	n.startWithin = percentile(firstWithin, 50) - percentile(empty, 50)
	return nil
}
