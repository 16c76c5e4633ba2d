package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const recordHead = `# Benchmarks

What ` + "`make bench`" + ` measured, a line a commit: the middle of three rounds on a generated polyrepo (internal/polyrepogen). The demands
stand in internal/bench/numbers.go. Ratios are to the limit of the same round, a program that reads every byte, parses each
manifest with a bare tree-sitter and passes once over each lock; "cpu" is by processor time, which other programs disturb less.

`

// appendRecord writes the numbers as a line of the table, and names those that differ by more than a tenth from its last line.
func (sh *sheet) appendRecord(dir string, leaves int, m summary) error {
	path := filepath.Join(dir, sh.file)
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = []byte(sh.head+sh.tableHead()), nil
	}
	if err != nil {
		return err
	}
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return fmt.Errorf("git describe: %w", err)
	}
	cells := []string{time.Now().UTC().Format("2006-01-02"), strings.TrimSpace(string(out)), strconv.Itoa(leaves)}
	for _, n := range m {
		cells = append(cells, number(n.middle))
	}
	for _, change := range sh.changes(sh.lastLine(string(old)), cells) {
		fmt.Println(change)
	}
	return os.WriteFile(path, append(old, row(cells)...), 0o644)
}

func (sh *sheet) tableHead() string {
	cells := []string{"date", "commit", "leaves"}
	for _, c := range sh.columns {
		cells = append(cells, c.name)
	}
	return row(cells) + "|" + strings.Repeat("---|", len(cells)) + "\n"
}

func row(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// lastLine are the cells of the last line of numbers, nil where there is none.
func (sh *sheet) lastLine(table string) []string {
	lines := strings.Split(strings.TrimSpace(table), "\n")
	cells := strings.Split(strings.Trim(lines[len(lines)-1], "| "), " | ")
	if len(cells) != len(sh.columns)+3 {
		return nil
	}
	return cells
}

// changes names the numbers of a line that differ by more than a tenth from those of another one.
func (sh *sheet) changes(old, now []string) []string {
	var list []string
	for i, c := range sh.columns {
		if len(old) <= i+3 || old[2] != now[2] {
			break
		}
		before, err := strconv.ParseFloat(old[i+3], 64)
		after, afterErr := strconv.ParseFloat(now[i+3], 64)
		if err == nil && afterErr == nil && math.Abs(after-before) > before/10 {
			list = append(list, fmt.Sprintf("%s: %s, at %s it was %s", c.title, now[i+3], old[1], old[i+3]))
		}
	}
	return list
}
