package lsp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	protocol "github.com/tliron/glsp/protocol_3_16"
)

// model is a text as a list of characters, with positions counted the slow way.
type model []rune

// position is the place before the character at an index.
func (m model) position(index int, encoding text.Encoding) protocol.Position {
	var p protocol.Position
	for i, r := range m[:index] {
		switch {
		case r == '\n', r == '\r' && (i+1 == len(m) || m[i+1] != '\n'):
			p = protocol.Position{Line: p.Line + 1}
		case r == '\r': // the first half of a line end
		case encoding == text.UTF8:
			p.Character += uint32(len(string(r)))
		case encoding == text.UTF16 && r > 0xffff:
			p.Character += 2
		default:
			p.Character++
		}
	}
	return p
}

// place is an index that has a position of its own: one within a line end has not.
func (m model) place(index int) int {
	index %= len(m) + 1
	if index > 0 && index < len(m) && m[index-1] == '\r' && m[index] == '\n' {
		index++
	}
	return index
}

// Breaks when edits in any encoding, one or several in one notification, leave another text than the editor's.
func FuzzSync(f *testing.F) {
	f.Add([]byte("\x00\x05abcdefgh\x01\x02\x03\x04"))
	f.Add([]byte("\x01\x10the quick brown fox jumps over the lazy dog 0123456789"))
	f.Add([]byte("\x02\xff\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14"))
	pieces := []string{"", "a", "\n", "\r\n", "\r", "é", "😀", "e\u0301", "x = \"", "\u2028", "\t", "\x00", "\n\n\n", "🇩🇪b"}
	const uri = "file:///w/flake.nix"
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() int {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return int(b)
		}
		data = data[:min(len(data), 600)] // the model is slow
		encoding := []text.Encoding{text.UTF8, text.UTF16, text.UTF32}[next()%3]
		var content strings.Builder
		for range next() % 40 {
			content.WriteString(pieces[next()%len(pieces)])
		}
		m := model(content.String())
		var open documents
		open.put(newDocument(uri, "nix", 1, content.String()))
		for version := int32(2); len(data) > 0; version++ {
			var changes []contentChange
			for range next()%4 + 1 {
				added := pieces[next()%len(pieces)] + pieces[next()%len(pieces)]
				if next()%16 == 0 {
					changes = append(changes, contentChange{Text: &added})
					m = model(added)
					continue
				}
				start, end := m.place(next()), m.place(next())
				start, end = min(start, end), max(start, end)
				span := protocol.Range{Start: m.position(start, encoding), End: m.position(end, encoding)}
				changes = append(changes, contentChange{&span, &added})
				m = model(string(m[:start]) + added + string(m[end:]))
			}
			earlier := open.all()[uri[len("file://"):]]
			was := earlier.Text
			after, err := open.update(uri, version, changes, encoding)
			if err != nil || after.Text != string(m) || after.Version != version || after.Lines.Source() != after.Text {
				t.Fatalf("%s: %q, %v; want %q", encoding, after.Text, err, string(m))
			}
			if earlier.Text != was || open.get(uri) != after {
				t.Fatal("an edit reached a view that was taken before it")
			}
		}
	})
}

// Breaks when a view changes after it was taken, or a write without a view between copies the documents.
func TestViewIsImmutable(t *testing.T) {
	var open documents
	open.put(newDocument("file:///a", "nix", 1, "a"))
	before := open.all()
	open.put(newDocument("file:///b", "nix", 1, "b"))
	open.drop("file:///a")
	if len(before) != 1 || before["/a"] == nil {
		t.Errorf("the view became %v", before)
	}
	if after := open.all(); len(after) != 1 || after["/b"] == nil {
		t.Errorf("the documents are %v", after)
	}
	for i := range 10_000 {
		open.put(newDocument(fmt.Sprintf("file:///%d", i), "nix", 1, ""))
	}
	d := open.get("file:///7")
	if allocations := testing.AllocsPerRun(100, func() { open.put(d) }); allocations > 8 {
		t.Errorf("a write without a view costs %v allocations", allocations)
	}
}
