package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
)

// RowError says what is wrong with one line of an inventory.
type RowError struct {
	File string
	// Line counts from 1.
	Line int
	// Message says what is there and what was expected.
	Message string
}

func (e *RowError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message) }

// maxLine is the number of bytes that a line may have: 1 MiB. Real ones have about 1 kB.
const maxLine = 1 << 20

// ReadRows reads an inventory and gives each row to yield; the row is good during the call only. name is what errors call the file.
// An error about the content is a *RowError.
func ReadRows(r io.Reader, name string, yield func(*Row) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	number := 0
	wrong := func(format string, args ...any) error {
		return &RowError{name, number, fmt.Sprintf(format, args...)}
	}
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		row, message := parseRow(line)
		if message != "" {
			return wrong("%s", message)
		}
		if err := yield(row); err != nil {
			return wrong("%v", err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		number++
		return wrong("a line of more than %d bytes, expected a row of an inventory", maxLine)
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if number == 0 {
		return &RowError{name, 1, "an empty file, expected rows as `report --format jsonl` writes them"}
	}
	return nil
}

// parseRow reads one line; the message says what is wrong with it.
func parseRow(line []byte) (row *Row, message string) {
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) && wrongType.Field != "" {
			return nil, fmt.Sprintf("the column `%s` is %s, expected %s or null", wrongType.Field, withArticle(wrongType.Value), withArticle(typeName(wrongType.Type)))
		}
		return nil, fmt.Sprintf("no row of an inventory: %v; expected a JSON object as `report --format jsonl` writes it", err)
	}
	if w.SchemaVersion != SchemaVersion {
		return nil, fmt.Sprintf("the column `schema_version` is %d, expected %d", w.SchemaVersion, SchemaVersion)
	}
	kinds := []Kind{KindFlake, KindSource, KindUnlocked, KindFollow, KindCommit, KindRegistry}
	if !slices.Contains(kinds, w.Kind) {
		return nil, fmt.Sprintf("the column `kind` is %q, expected one of %s", string(w.Kind), joinKinds(kinds))
	}
	r := &Row{Kind: w.Kind}
	for _, column := range []struct {
		name string
		text *string
		to   *time.Time
	}{
		{"generated_at", &w.Generated, &r.Generated}, {"pins_date", w.PinsDate, &r.PinsDate},
		{"package_set_date", w.SetDate, &r.SetDate}, {"last_modified", w.LastModified, &r.LastModified},
	} {
		if column.text == nil {
			continue
		}
		at, err := time.Parse(time.RFC3339, *column.text)
		if err != nil {
			return nil, fmt.Sprintf("the column `%s` is %q, expected a time such as 2026-11-21T09:30:00Z", column.name, *column.text)
		}
		*column.to = at.UTC()
	}
	copyTo(w.Repo, &r.Repo)
	copyTo(w.Folder, &r.Folder)
	copyTo(w.Path, &r.Path)
	copyTo(w.Role, &r.Role)
	copyTo(w.PinsInput, &r.PinsInput)
	copyTo(w.PinsSource, &r.PinsSource)
	copyTo(w.PinsFolder, &r.PinsFolder)
	copyTo(w.PinsRef, &r.PinsRef)
	copyTo(w.PinsRev, &r.PinsRev)
	copyTo(w.PackageSet, &r.PackageSet)
	copyTo(w.Input, &r.Input)
	copyTo(w.Source, &r.Source)
	copyTo(w.Original, &r.Original)
	copyTo(w.Ref, &r.Ref)
	copyTo(w.Version, &r.Version)
	copyTo(w.Rev, &r.Rev)
	copyTo(w.NarHash, &r.NarHash)
	copyTo(w.Locked, &r.Locked)
	copyTo(w.Declared, &r.Declared)
	copyTo(w.DeclaredSource, &r.DeclaredSource)
	copyTo(w.Follows, &r.Follows)
	if w.Behind != nil {
		r.Behind, r.Placed = *w.Behind, true
	}
	copyTo(w.OwnSet, &r.OwnSet)
	copyTo(w.Depth, &r.Depth)
	copyTo(w.IsFlake, &r.IsFlake)
	copyTo(w.BelowPins, &r.BelowPins)
	for _, needed := range []struct {
		name  string
		there bool
	}{
		{"repo", r.Repo != "" || r.Kind == KindRegistry},
		{"path", r.Path != "" || r.Kind == KindRegistry || r.Kind == KindCommit},
		{"input", r.Input != "" || r.Kind == KindFlake || r.Kind == KindCommit},
		{"source", r.Source != "" || r.Kind != KindSource},
		{"version", r.Version != "" || r.Kind != KindSource},
		{"declared_source", r.DeclaredSource != "" || r.Kind != KindUnlocked},
		{"follows", r.Follows != "" || r.Kind != KindFollow},
		{"package_set", r.PackageSet != "" || r.Kind != KindCommit},
	} {
		if !needed.there {
			return nil, fmt.Sprintf("the column `%s` is missing or empty, expected a string in a row of kind %s", needed.name, r.Kind)
		}
	}
	return r, ""
}

func copyTo[T any](from *T, to *T) {
	if from != nil {
		*to = *from
	}
}

// typeName is what JSON calls the values of a Go type.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Int:
		return "integer"
	}
	return "string"
}

// withArticle is what the decoder calls a value ("number 1.5", "bool"), as a person would say it.
func withArticle(value string) string {
	word, rest, _ := strings.Cut(value, " ")
	switch word {
	case "bool":
		word = "boolean"
	case "object", "array", "integer":
		return "an " + strings.TrimSpace(word+" "+rest)
	}
	return "a " + strings.TrimSpace(word+" "+rest)
}

func joinKinds(kinds []Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}
