package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// printJSONList prints a document as indented JSON. The list that its last name is of is empty in it, and gets so many elements: these are
// made and printed one after the other, because forty thousand findings take more memory as JSON than all that is known of ten thousand
// flakes. depth is how many objects and lists are around an element.
func printJSONList(w io.Writer, document any, name string, depth, count int, element func(i int) any) error {
	whole, err := indented(document, "")
	if err != nil {
		return err
	}
	list := fmt.Sprintf("%q: []", name)
	at := bytes.LastIndex(whole, []byte(list))
	if at < 0 {
		return fmt.Errorf("the document has no empty list %q", name)
	}
	at += len(list) - len("]")
	indent := strings.Repeat("  ", depth)
	out := bufio.NewWriter(w)
	out.Write(whole[:at])
	for i := range count {
		text, err := indented(element(i), indent)
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n" + indent)
		out.Write(bytes.TrimSuffix(text, []byte("\n")))
	}
	if count > 0 {
		out.WriteString("\n" + strings.TrimPrefix(indent, "  "))
	}
	out.Write(whole[at:])
	return out.Flush() // and says what any of the above could not write
}

// indented is a value as JSON that ends with a line, of which all lines but the first begin with a prefix.
func indented(value any, prefix string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	err := encoder.Encode(value)
	return b.Bytes(), err
}
