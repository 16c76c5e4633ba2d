package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/workers"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// palette holds the escape sequences of a terminal, all empty elsewhere.
type palette struct {
	bold, dim, off string
	levels         [5]string
}

func paletteFor(w io.Writer) palette {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return palette{}
	}
	return palette{bold: "\x1b[1m", dim: "\x1b[2m", off: "\x1b[0m", levels: [5]string{"", "\x1b[31m", "\x1b[33m", "\x1b[34m", "\x1b[36m"}}
}

// printText prints each finding with its line of source and the place underlined, then one line that sums up.
func printText(w io.Writer, r *checkResult) error {
	colour, here, masked := paletteFor(w), currentFolder(), &maskedLines{}
	blocks := slices.Collect(slices.Chunk(r.findings, textBlock))
	// So many are printed side by side that no processor waits for the others, and that few are held in memory.
	for together := range slices.Chunk(blocks, 4*workers.Count()) {
		printed := make([]bytes.Buffer, len(together))
		err := workers.Each(context.Background(), len(together), func(i int) error {
			p := textPrinter{&printed[i], colour, here, &sourceLines{snapshot: r.snapshot}, masked}
			for _, f := range together[i] {
				p.finding(f)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i := range printed {
			if _, err := printed[i].WriteTo(w); err != nil {
				return err
			}
		}
	}
	out := bufio.NewWriter(w)
	r.printSummary(out)
	return out.Flush()
}

// textBlock is the number of findings that are printed by one goroutine.
const textBlock = 50

// textPrinter prints some findings.
type textPrinter struct {
	out *bytes.Buffer
	palette
	here   string // the current folder
	lines  *sourceLines
	masked *maskedLines
}

// maxShownRelated is how many other places of a finding are printed; --format json has all.
const maxShownRelated = 4

func (p *textPrinter) finding(f diagnostics.Finding) {
	lines := p.lines.of(f.Path)
	line, column := lines.Column(f.Span.Start)
	level := p.levels[f.Severity]
	fmt.Fprintf(p.out, "%s%s:%d:%d:%s %s%s%s[%s]: %s\n", p.bold, seenFrom(p.here, f.Path), line, column, p.off, level, f.Severity, p.off, f.Code, f.Message)
	p.source(f.Path, lines, f.Span, level)
	shown := f.Related
	if len(shown) > maxShownRelated {
		shown = shown[:maxShownRelated-1]
	}
	for _, related := range shown {
		line, column := p.lines.of(related.Path).Column(related.Span.Start)
		fmt.Fprintf(p.out, "     %s= %s:%d:%d:%s %s\n", p.dim, seenFrom(p.here, related.Path), line, column, p.off, related.Message)
	}
	if more := len(f.Related) - len(shown); more > 0 {
		fmt.Fprintf(p.out, "     %s= and %d more places%s\n", p.dim, more, p.off)
	}
	for _, fix := range f.Fixes {
		kind := "choice"
		if fix.Safe() {
			kind = "fix"
		}
		fmt.Fprintf(p.out, "     %s= %s:%s %s\n", p.dim, kind, p.off, fix.Title())
	}
	p.out.WriteByte('\n')
}

// source prints the first line of a span and underlines what of the span is on it.
func (p *textPrinter) source(path string, lines *text.Lines, span text.Span, level string) {
	if lines.Source() == "" {
		return
	}
	number := lines.Line(span.Start)
	line := lines.Span(number)
	source := p.masked.of(path, number, line.In(lines.Source()))
	start := min(max(span.Start-line.Start, 0), len(source))
	end := min(max(span.End-line.Start, start), len(source))
	source, start, end = excerpt(source, start, end)
	// A tab stays a tab, so that the mark stands under the text however wide the terminal makes it.
	indent := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}, text.PrintableSource(source[:start]))
	mark := strings.Repeat("^", max(1, utf8.RuneCountInString(source[start:end])))
	fmt.Fprintf(p.out, "%s%4d |%s %s\n     %s|%s %s%s%s%s\n", p.dim, number+1, p.off, text.PrintableSource(source), p.dim, p.off, indent, level, mark, p.off)
}

// maskedLines are lines without their secrets: of a long one, which may hold thousands of findings, they are looked for once. It is for all who print.
type maskedLines struct {
	mu    sync.Mutex
	known map[sourceLine]func() string
}

type sourceLine struct {
	path   string
	number int
}

// of is a line as it may be shown.
func (m *maskedLines) of(path string, number int, line string) string {
	if len(line) <= shownLine {
		return secret.Mask(line) // takes less than to remember it
	}
	key := sourceLine{path, number}
	m.mu.Lock()
	masked, ok := m.known[key]
	if !ok {
		// Findings come line by line: of each who prints, the line that is on and the one before.
		if m.known == nil || len(m.known) >= 2*workers.Count() {
			m.known = map[sourceLine]func() string{}
		}
		masked = sync.OnceValue(func() string { return secret.Mask(line) })
		m.known[key] = masked
	}
	m.mu.Unlock()
	return masked()
}

// A line of code is shown whole up to shownLine bytes. Of a longer one, so much before a finding and so much from its start on.
const (
	shownLine   = 240
	shownBefore = 80
)

// excerpt is what is shown of a line around a span of it, and where the span is in that. What is left out is an ellipsis.
func excerpt(line string, start, end int) (shown string, from, to int) {
	if len(line) <= shownLine {
		return line, start, end
	}
	const ellipsis = "…"
	first, last := max(start-shownBefore, 0), min(start+shownLine-shownBefore, len(line))
	for first > 0 && !utf8.RuneStart(line[first]) {
		first--
	}
	for last < len(line) && !utf8.RuneStart(line[last]) {
		last++
	}
	end = min(end, last)
	shown = line[first:last]
	if last < len(line) {
		shown += ellipsis
	}
	if first > 0 {
		shown, first = ellipsis+shown, first-len(ellipsis)
	}
	return shown, start - first, end - first
}

func (r *checkResult) printSummary(out *bufio.Writer) {
	var counts [5]int
	files := map[string]bool{}
	safe := 0
	for _, f := range r.findings {
		counts[f.Severity]++
		files[f.Path] = true
		if len(f.Fixes) > 0 && f.Fixes[0].Safe() {
			safe++
		}
	}
	fmt.Fprintf(out, "Judged %s below %s (%s): ", count(len(r.files), "file", "files"), fromHere(r.root), r.reason)
	if len(r.findings) == 0 {
		fmt.Fprintln(out, "nothing to say.")
		r.printSilence(out)
		return
	}
	var parts []string
	for level, words := range [][2]string{1: {"error", "errors"}, 2: {"warning", "warnings"}, 3: {"rewrite worth doing", "rewrites worth doing"}, 4: {"hint", "hints"}} {
		if counts[level] > 0 {
			parts = append(parts, count(counts[level], words[0], words[1]))
		}
	}
	fmt.Fprintf(out, "%s in %s.\n", strings.Join(parts, ", "), count(len(files), "file", "files"))
	if len(r.findings)+r.known > maxTextFixes {
		fmt.Fprintf(out, "Fixes are listed for up to %d findings: `nix-pins-lsp fix --diff` shows what `fix` would write.\n", maxTextFixes)
	} else if safe > 0 {
		fmt.Fprintf(out, "%s safe now: `nix-pins-lsp fix --diff` shows what `fix` would write.\n", count(safe, "fix is", "fixes are"))
	}
	switch without := r.withoutPins(); {
	case len(r.findings)+r.known <= maxTextFixes:
		printAdoptable(r.ctx, out, r.snapshot, without)
	case len(without) > 0: // to find out of how many of them something can follow takes longer than all else
		fmt.Fprintf(out, "%s no input pins: `nix-pins-lsp fix --adopt --diff` shows what could follow it safely.\n", count(len(without), "of these flakes has", "of these flakes have"))
	}
	r.printSilence(out)
}

// withoutPins are the flakes that have something that could follow pins, and no pins input.
func (r *checkResult) withoutPins() (paths []string) {
	seen := map[string]bool{}
	for _, f := range r.findings {
		if !diagnostics.Adopts(f) || seen[f.Path] {
			continue
		}
		seen[f.Path] = true
		flake := r.snapshot.Flake(filepath.Dir(f.Path))
		if flake == nil {
			continue
		}
		if pins := r.snapshot.Pins(flake); pins != nil && pins.Declared == nil {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// printSilence says what was not told: findings of the baseline, and, where the rules about pins had nothing to go by, so.
func (r *checkResult) printSilence(out io.Writer) {
	if r.known > 0 {
		fmt.Fprintf(out, "%s not shown.\n", count(r.known, "finding of the baseline is", "findings of the baseline are"))
	}
	if r.pinsUnknown() {
		fmt.Fprintln(out, pinsUnknownText)
	}
}

const pinsUnknownText = "No flake here and no flake.lock says what pins offers, so the rules about pins were silent: check the folder of all repos,\nor put a " + config.FileName + " into it."

// pinsUnknown says whether the rules about pins had nothing to go by: silence would look like praise.
func (r *checkResult) pinsUnknown() bool {
	flakes := 0
	for _, path := range r.files {
		if parse.KindOf(path) != parse.Flake {
			continue
		}
		flake := r.snapshot.Flake(filepath.Dir(path))
		if flake == nil || len(flake.Inputs) == 0 {
			continue
		}
		if pins := r.snapshot.Pins(flake); r.snapshot.IsPins(flake) || r.snapshot.Role(flake) == workspace.RoleStandalone || pins != nil && pins.Called && len(pins.Offers()) > 0 {
			return false
		}
		flakes++
	}
	return flakes > 0
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
