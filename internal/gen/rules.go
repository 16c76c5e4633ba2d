package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
)

const rulesFolder = "docs/rules"

// rulePages writes a page for each rule, from its value and its archive, and an index.
func rulePages(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	var index strings.Builder
	index.WriteString(header + "# Rules\n\n`error`: Nix refuses the file. `warning`: it will fail, or it does not do what it says. `information`: a rewrite worth doing.\n" +
		"`hint`: carries a fix and no reproach. `off`: can be switched on in [the settings](../settings.md).\n\n| rule | level | what it says |\n|---|---|---|\n")
	for _, rule := range diagnostics.Rules() {
		fmt.Fprintf(&index, "| [`%s`](%s.md) | %s | %s |\n", rule.Code, rule.Code, rule.Level, strings.ReplaceAll(rule.Summary, "|", `\|`))
		page, err := rulePage(root, rule)
		if err != nil {
			return nil, err
		}
		files[rulesFolder+"/"+rule.Code+".md"] = []byte(page)
	}
	files[rulesFolder+"/README.md"] = []byte(index.String())
	return files, nil
}

func rulePage(root string, rule *diagnostics.Rule) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s\n\n%s\n\nLevel: **%s** · %s · since %s", header, rule.Code, rule.Summary, rule.Level, rule.Stage, rule.Since)
	if len(rule.Silences) > 0 {
		verb := "say"
		if len(rule.Silences) == 1 {
			verb = "says"
		}
		fmt.Fprintf(&b, " · where it speaks, %s %s nothing", codeList(rule.Silences), verb)
	}
	fmt.Fprintf(&b, "\n\n%s\n\n## Examples\n", strings.TrimSpace(rule.Doc))
	archive, err := txtar.ParseFile(filepath.Join(root, "diagnostics", strings.ReplaceAll(rule.Code, "-", "_")+".txtar"))
	if err != nil {
		return "", err
	}
	for _, f := range archive.Files {
		text := strings.TrimRight(string(f.Data), "\n")
		switch title, isCase := strings.CutPrefix(f.Name, "case "); {
		case isCase:
			fmt.Fprintf(&b, "\n### %s\n\n", sentence(title))
			if text != "" {
				fmt.Fprintf(&b, "%s\n\n", text)
			}
		case f.Name == "findings" && text == "none":
			b.WriteString("Nothing is found.\n\n")
		case f.Name == "findings":
			fmt.Fprintf(&b, "Findings:\n\n%s\n", fenced("text", text))
		case strings.HasPrefix(f.Name, "fix "):
			fmt.Fprintf(&b, "“%s”:\n\n%s\n", strings.TrimPrefix(f.Name, "fix "), fenced("diff", text))
		default:
			fmt.Fprintf(&b, "`%s`\n\n%s\n", f.Name, fenced(language(f.Name), text))
		}
	}
	fmt.Fprintf(&b, "\n## Switching it off\n\nFor one place, with a comment on the line above:\n\n```nix\n# nix-pins: allow %s (a reason, if you like)\n```\n\nFor all files, in `.nix-pins.toml`:\n\n```toml\n[rules]\n%s = \"off\"\n```\n", rule.Code, rule.Code)
	return collapse(b.String()), nil
}

func codeList(codes []string) string {
	linked := make([]string, len(codes))
	for i, code := range codes {
		linked[i] = fmt.Sprintf("[`%s`](%s.md)", code, code)
	}
	return strings.Join(linked, ", ")
}

func sentence(title string) string { return strings.ToUpper(title[:1]) + title[1:] }

// fenced is a code block whose fence is longer than any in the text.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

func language(name string) string {
	switch filepath.Ext(name) {
	case ".nix":
		return "nix"
	case ".toml":
		return "toml"
	case ".lock", ".json":
		return "json"
	}
	return "text"
}

// collapse leaves at most one empty line in a row, outside of code as within: the archives have no reason for more.
func collapse(s string) string {
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return s
}
