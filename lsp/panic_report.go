package lsp

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
)

// maxPanicReports is how many bytes of reports are kept; a file that is longer is begun anew.
const maxPanicReports = 256 << 10

// keepPanic appends a report to the file of Options.PanicReports, for `nix-pins-lsp bug`. What went wrong must not be made worse by a
// disk that is full, so a failure is only logged.
func (s *Server) keepPanic(method, cause, stack string) {
	path := s.options.PanicReports
	if path == "" {
		return
	}
	report := fmt.Sprintf("%s version %s\n%s: %s\n%s\n", time.Now().UTC().Format(time.RFC3339), s.options.Version, method, secret.Hide(cause), stack)
	if err := appendCapped(path, report, maxPanicReports); err != nil {
		s.log.Warn("the report of a panic cannot be kept", "error", err)
	}
}

func appendCapped(path, content string, limit int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	flags := os.O_APPEND | os.O_CREATE | os.O_WRONLY
	if info, err := os.Stat(path); err == nil && info.Size()+int64(len(content)) > limit {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(content); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
