package diagnostics

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Fingerprint names a finding across runs: it depends on the rule, the file below the root, the object and, unless the rule says
// that it varies, the message; not on where in the file it stands. So an edit elsewhere in the file leaves it as it is. The nth
// finding with the same name gets n (from 0) mixed in.
func Fingerprint(root string, f Finding, n int) string {
	message := f.Message
	if rule := RuleOf(f.Code); rule != nil && rule.MessageVaries {
		message = ""
	}
	h := sha256.New()
	for _, part := range []string{f.Code, RelativePath(root, f.Path), f.Object, message, fmt.Sprint(n)} {
		io.WriteString(h, part)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Fingerprints names each of the findings.
func Fingerprints(root string, findings []Finding) []string {
	seen := map[string]int{}
	names := make([]string, len(findings))
	for i, f := range findings {
		first := Fingerprint(root, f, 0)
		names[i] = Fingerprint(root, f, seen[first])
		seen[first]++
	}
	return names
}

// RelativePath is the path below the root with forward slashes, or the path itself where it is not below.
func RelativePath(root, path string) string {
	if relative, err := filepath.Rel(root, path); err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(relative)
	}
	return path
}

// Baseline is a set of known findings, which do not fail a check.
type Baseline map[string]bool

type baselineFile struct {
	Version      int      `json:"version"`
	Fingerprints []string `json:"fingerprints"`
}

// ReadBaseline reads what WriteBaseline wrote.
func ReadBaseline(r io.Reader) (Baseline, error) {
	var file baselineFile
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("not a baseline: %w", err)
	}
	if file.Version != 1 {
		return nil, fmt.Errorf("baseline version %d, expected 1", file.Version)
	}
	known := Baseline{}
	for _, name := range file.Fingerprints {
		known[name] = true
	}
	return known, nil
}

// WriteBaseline writes the findings as known.
func WriteBaseline(w io.Writer, root string, findings []Finding) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(baselineFile{1, append([]string{}, Fingerprints(root, findings)...)})
}

// New gives the findings that the baseline does not know.
func (b Baseline) New(root string, findings []Finding) []Finding {
	fresh := []Finding{}
	for i, name := range Fingerprints(root, findings) {
		if !b[name] {
			fresh = append(fresh, findings[i])
		}
	}
	return fresh
}
