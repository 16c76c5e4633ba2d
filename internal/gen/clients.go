package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/nix-pins-lsp/nix-pins-lsp/lsp"
)

// recordedClient is an editor as it introduced itself when it was recorded.
type recordedClient struct {
	title, page string // of its page in docs
	settled     *lsp.Agreement
	declared    any // its capabilities as they came
	offered     any // the server's, as they are sent
}

// clientsPage writes docs/clients.md: what each recorded editor gets of the server.
func clientsPage(root string) (map[string][]byte, error) {
	clients, err := recordedClients(root)
	if err != nil {
		return nil, err
	}
	heeded, err := heededCapabilities(filepath.Join(root, "lsp"))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(header + "# Editors and features\n\nWhat each editor gets, by what it says of itself when it starts the server: `scripts/record-clients` has written that down, from\n" +
		"the real editors, set up as their pages say.\n\n")
	table := func(first string, rows func(row func(name string, cell func(recordedClient) string))) {
		fmt.Fprintf(&b, "| %s |", first)
		for _, c := range clients {
			fmt.Fprintf(&b, " [%s](%s) |", c.title, c.page)
		}
		b.WriteString("\n|---|" + strings.Repeat("---|", len(clients)) + "\n")
		rows(func(name string, cell func(recordedClient) string) {
			fmt.Fprintf(&b, "| %s |", name)
			for _, c := range clients {
				fmt.Fprintf(&b, " %s |", cell(c))
			}
			b.WriteString("\n")
		})
	}
	table("", func(row func(string, func(recordedClient) string)) {
		row("recorded", func(c recordedClient) string { return c.settled.ClientName + " " + c.settled.ClientVersion })
		row("positions count", func(c recordedClient) string { return "`" + c.settled.Offered.PositionEncoding + "`" })
		row("diagnostics", func(c recordedClient) string {
			if c.settled.Offered.DiagnosticProvider != nil {
				return "the editor asks"
			}
			return "the server sends"
		})
	})
	b.WriteString("\n## Requests\n\n**yes**: the server offers it and the editor says that it can. **offered**: the editor says nothing of it, and may use it\n" +
		"all the same. **withheld**: the server offers it to other clients. **—**: neither.\n\n")
	table("method", func(row func(string, func(recordedClient) string)) {
		for _, method := range lsp.Requests() {
			capability, provider := capabilityOf(method)
			row("`"+method+"`", func(c recordedClient) string {
				declared, offered := present(c.declared, capability), present(c.offered, provider)
				switch {
				case declared && offered:
					return "yes"
				case offered:
					return "offered"
				case declared:
					return "withheld"
				}
				return "—"
			})
		}
	})
	b.WriteString("\n## Capabilities\n\nWhat the server heeds of what the editor says that it can do. What an editor cannot do it gets in a simpler form.\n\n")
	table("the editor can", func(row func(string, func(recordedClient) string)) {
		for _, h := range heeded {
			row(h.label(), func(c recordedClient) string { return cell(reflect.ValueOf(c.settled.Understood).FieldByName(h.field)) })
		}
	})
	return map[string][]byte{"docs/clients.md": []byte(b.String())}, nil
}

func recordedClients(root string) ([]recordedClient, error) {
	paths, err := filepath.Glob(filepath.Join(root, "lsp/testdata/clients/*.json"))
	if err != nil {
		return nil, err
	}
	var clients []recordedClient
	for _, path := range paths {
		page := "editors/" + strings.TrimSuffix(filepath.Base(path), ".json") + ".md"
		params, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			return nil, err
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		c := recordedClient{title: title, page: page}
		if c.settled, err = lsp.Agree(params); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var sent struct{ Capabilities any }
		if err := json.Unmarshal(params, &sent); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		c.declared = sent.Capabilities
		offered, err := json.Marshal(c.settled.Offered)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(offered, &c.offered); err != nil {
			return nil, err
		}
		clients = append(clients, c)
	}
	return clients, nil
}

// capabilityOf is where the client declares a request and where the server offers it, as paths of members. The specification names
// nearly all of them after the method; those that it does not are here.
func capabilityOf(method string) (client, server string) {
	switch method {
	case "workspace/diagnostic": // a client does not say whether it asks for all files
		return "textDocument.diagnostic", "diagnosticProvider.workspaceDiagnostics"
	case "textDocument/prepareRename":
		return "textDocument.rename.prepareSupport", "renameProvider.prepareProvider"
	case "completionItem/resolve":
		return "textDocument.completion.completionItem.resolveSupport", "completionProvider.resolveProvider"
	case "workspaceSymbol/resolve":
		return "workspace.symbol.resolveSupport", "workspaceSymbolProvider.resolveProvider"
	case "workspace/symbol":
		return "workspace.symbol", "workspaceSymbolProvider"
	}
	place, name, _ := strings.Cut(method, "/")
	if name == "resolve" {
		return "textDocument." + place + ".resolveSupport", place + "Provider.resolveProvider"
	}
	return place + "." + name, name + "Provider"
}

// present says whether a member is there and is neither false nor null.
func present(value any, path string) bool {
	for name := range strings.SplitSeq(path, ".") {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value != nil && value != false
}

// heededCapability is a field of the struct of a client's capabilities that the server looks at.
type heededCapability struct{ field, comment string }

// label is the field's name in words, and what the code says of it.
func (h heededCapability) label() string {
	var words strings.Builder
	for i, r := range h.field {
		if unicode.IsUpper(r) && i > 0 {
			words.WriteByte(' ')
		}
		words.WriteRune(unicode.ToLower(r))
	}
	if h.comment == "" {
		return words.String()
	}
	return words.String() + ": " + h.comment
}

// heededCapabilities are the fields, in their order, that are read out of the struct anywhere in the package: some are there for what is
// yet to come.
func heededCapabilities(folder string) ([]heededCapability, error) {
	const structName = "clientCapabilities"
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var fields []heededCapability
	read := map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if members, ok := n.Type.(*ast.StructType); ok && n.Name.Name == structName {
					for _, f := range members.Fields.List {
						for _, name := range f.Names {
							fields = append(fields, heededCapability{name.Name, strings.TrimSpace(f.Comment.Text())})
						}
					}
				}
			case *ast.SelectorExpr:
				if slices.Contains([]string{"client", "c"}, lastName(n.X)) {
					read[n.Sel.Name] = true
				}
			}
			return true
		})
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s has no struct %s", folder, structName)
	}
	return slices.DeleteFunc(fields, func(f heededCapability) bool { return !read[f.field] }), nil
}

// lastName is the name by which an expression gets at its value: client of v.client.
func lastName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

// cell shows the value of a capability.
func cell(value reflect.Value) string {
	switch {
	case value.IsZero():
		return "—"
	case value.Kind() == reflect.Bool:
		return "yes"
	}
	var all []string
	for i := range value.Len() { // what both ways to get diagnostics can is there twice
		if shown := fmt.Sprintf("`%v`", value.Index(i)); !slices.Contains(all, shown) {
			all = append(all, shown)
		}
	}
	return strings.Join(all, ", ")
}
