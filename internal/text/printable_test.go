package text_test

import (
	"testing"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Breaks when a text of a hostile file can end a line, drive a terminal, or show itself as other than it is; or when an innocent one is
// changed.
func TestPrintable(t *testing.T) {
	for _, c := range []struct{ in, want, source string }{
		{"nixpkgs", "nixpkgs", "nixpkgs"},
		{"Überblick 日本 \U0001f469\u200d\U0001f680 می\u200cخواهم", "Überblick 日本 \U0001f469\u200d\U0001f680 می\u200cخواهم", "Überblick 日本 \U0001f469\u200d\U0001f680 می\u200cخواهم"},
		{"a\tb\nc\rd\x1b[31m\x7f\u009b\x00", "a�b�c�d�[31m���", "a\tb�c�d�[31m���"},
		{"a\u2028b\u2029c", "a�b�c", "a�b�c"},
		{"\u202etxt.exe\u2066 \u200b\ufeff\u00ad", "�txt.exe� ���", "�txt.exe� ���"},
		{"\xff\xfe", "��", "��"},
	} {
		if got := text.Printable(c.in); got != c.want {
			t.Errorf("%q is shown as %q, want %q", c.in, got, c.want)
		}
		if got := text.PrintableSource(c.in); got != c.source {
			t.Errorf("the source %q is shown as %q, want %q", c.in, got, c.source)
		}
	}
}
