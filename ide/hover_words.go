package ide

import (
	"fmt"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/config"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// suppressionHover tells of a rule whose code stands in a comment that allows it.
func suppressionHover(s *workspace.Snapshot, file *workspace.File, offset int, p *page) text.Span {
	for _, comment := range file.Manifest().Suppressions {
		for _, rule := range comment.Rules {
			if rule.Span.Touches(offset) {
				rulePage(p, s, file.Path, rule.Code)
				return rule.Span
			}
		}
	}
	return text.Span{}
}

// rulePage tells of a rule, and at which level it runs for a file.
func rulePage(p *page, s *workspace.Snapshot, path, code string) {
	p.title(code)
	rule := diagnostics.RuleOf(code)
	if rule == nil {
		p.text("There is no rule of this name.")
		return
	}
	p.text(rule.Summary)
	p.field("Level", diagnostics.Level(rule, s.Config(path)).String(), false)
	p.text(rule.Doc)
}

// attributeHover tells of an attribute of a flake.nix that is none of an input's own: of the flake, of nixConfig, of inputs.self, and
// `inputs` wherever it stands.
func attributeHover(p *page, m *parse.Manifest, offset int) (span text.Span) {
	at := func(attr *parse.Attr, path string) bool {
		if attr == nil {
			return false
		}
		for _, place := range attr.Places {
			name := place.Name()
			if !name.Span.Touches(offset) {
				continue
			}
			doc := attributeDoc(path+":"+attr.Name, m.Kind)
			if doc == "" {
				return false
			}
			span = name.Span
			p.title(attr.Name)
			p.text(doc)
			return true
		}
		return false
	}
	for _, a := range topAttributes {
		attr := m.Attr(a.name)
		if at(attr, "") {
			return span
		}
		if a.name == "nixConfig" && attr != nil && attr.Members != nil {
			for _, member := range attr.Members.Attrs {
				if at(member, "nixConfig") {
					return span
				}
			}
		}
	}
	var found bool
	var visit func(in *parse.Input)
	visit = func(in *parse.Input) {
		if found || in == nil || in.Alias {
			return
		}
		path := "inputs." + in.Name
		if found = at(in.OverridesAttr, path); found {
			return
		}
		if in == m.Self {
			for _, field := range in.Fields {
				if found = at(field.Attr, path); found {
					return
				}
			}
		}
		for _, o := range in.Overrides {
			visit(o)
		}
	}
	for _, in := range m.Inputs {
		visit(in)
	}
	visit(m.Self)
	return span
}

// settingHover tells of a key, or of the value of a key, in .nix-pins.toml.
func settingHover(s *workspace.Snapshot, file *workspace.File, offset int, p *page) text.Span {
	key, span, ok := file.Settings().KeyAt(offset)
	if !ok {
		return span
	}
	if code, ok := strings.CutPrefix(key, "rules."); ok {
		rulePage(p, s, file.Path, code)
		return span
	}
	var below []string
	for _, setting := range config.Settings() {
		switch {
		case setting.Key == key || setting.Type == config.StringMap && strings.HasPrefix(key, setting.Key+"."):
			p.title(setting.Key)
			p.text(setting.Doc)
			p.field("Type", setting.Type.String(), false)
			p.list("Values", setting.Values, 0)
			if setting.Type == config.Integer {
				p.field("Range", fmt.Sprintf("%d to %d", setting.Minimum, setting.Maximum), false)
			}
			p.field("Default", defaultText(setting), true)
			return span
		case strings.HasPrefix(setting.Key, key+"."):
			below = append(below, setting.Key)
		}
	}
	p.title(key)
	p.list("Settings", below, 0)
	return span
}

// defaultText is the default of a setting as TOML writes it, "" for none.
func defaultText(s config.Setting) string {
	switch value := s.Default.(type) {
	case string:
		if value == "" {
			return ""
		}
		return fmt.Sprintf("%q", value)
	case []string:
		quoted := make([]string, len(value))
		for i, element := range value {
			quoted[i] = fmt.Sprintf("%q", element)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case map[string]string:
		return ""
	}
	return fmt.Sprint(s.Default)
}
