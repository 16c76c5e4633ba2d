package lsp

import (
	"context"
	"time"

	protocol "github.com/tliron/glsp/protocol_3_16"
)

// watchedFiles are the files whose changes matter: manifests, locks, settings, and what says which commit a repository is at.
var watchedFiles = []string{
	"**/flake.nix", "**/flake.lock", "**/mana.nix", "**/lock.json", "**/entrypoint.nix", "**/.nix-pins.toml",
	"**/.git/HEAD", "**/.git/packed-refs", "**/.git/refs/heads/**",
}

// nixFiles are those of Nix's own configuration that matter. They lie outside of the workspace, where only a client that knows relative
// patterns watches.
const nixFiles = "{registry.json,nix.conf}"

// pollInterval is how often the server looks for changes itself, while a document is open, where the client does not.
const pollInterval = 2 * time.Second

// disk is what the server has to ask the disk. It belongs to the queue.
type disk struct {
	// unwatched says that the client does not tell of changes.
	unwatched bool
	paths     []string // that are said to have changed
	poll      bool     // whether all that was read is to be looked at
	looking   bool     // whether a task is at it
	next      *time.Timer
}

// watchFiles asks the client to watch.
func (s *Server) watchFiles() {
	if !s.client.WatchedFilesRegistration {
		s.lookBySelf()
		return
	}
	var options DidChangeWatchedFilesRegistrationOptions
	for _, pattern := range watchedFiles {
		options.Watchers = append(options.Watchers, FileSystemWatcher{pattern})
	}
	if s.client.WatchedFilesRelativePatterns {
		for _, folder := range s.options.Environment.ConfigurationFolders() {
			options.Watchers = append(options.Watchers, FileSystemWatcher{RelativePattern{fileURI(folder), nixFiles}})
		}
	}
	s.register("workspace/didChangeWatchedFiles", options, s.lookBySelf)
}

// register asks the client to send what it does not send by itself; refused, on the queue, is what to do if it will not.
func (s *Server) register(method string, options any, refused func()) {
	registration := protocol.Registration{ID: "nix-pins/" + method, Method: method, RegisterOptions: options}
	s.background("register "+method, func(ctx context.Context) error {
		err := s.connection.call(ctx, "client/registerCapability", protocol.RegistrationParams{Registrations: []protocol.Registration{registration}}, nil)
		if err != nil {
			s.turn("registration refused", refused)
		}
		return err
	})
}

// lookBySelf is for a client that does not watch, or not everywhere.
func (s *Server) lookBySelf() {
	s.disk.unwatched = true
	s.pollLater()
}

func (s *Server) pollLater() {
	if s.disk.next == nil && s.disk.unwatched && len(s.judgings) > 0 {
		s.disk.next = s.after(pollInterval, "look for changes", func() {
			s.disk.next = nil
			s.disk.poll = true
			s.lookAtDisk()
		})
	}
}

// documentOpened looks whether what the document's findings depend on is as it was.
func (s *Server) documentOpened() {
	if s.disk.unwatched {
		s.disk.poll = true
		s.lookAtDisk()
	}
}

func didChangeWatchedFiles(s *Server, params *protocol.DidChangeWatchedFilesParams) error {
	for _, change := range params.Changes {
		if path, ok := filePath(change.URI); ok {
			s.disk.paths = append(s.disk.paths, path)
		}
	}
	s.disk.poll = true // many editors leave .git out, and tell of a pull or a commit only by the files that it changes
	s.lookAtDisk()
	return nil
}

// fileChanged is for a change that was come across by chance.
func (s *Server) fileChanged(path string) {
	s.disk.paths = append(s.disk.paths, path)
	s.lookAtDisk()
}

// filesChanged looks again at all that is shown of open documents: what it says may stand in other files.
func (s *Server) filesChanged() {
	s.judgeOpenDocuments(0)
	s.askAgainForOld()
	s.reportStatus()
}

// didSave looks at everything, whoever watches: clients watch only below the folders of the workspace.
func didSave(s *Server, params *protocol.DidSaveTextDocumentParams) error {
	if path, ok := filePath(params.TextDocument.URI); ok {
		s.disk.paths = append(s.disk.paths, path)
	}
	s.disk.poll = true
	s.lookAtDisk()
	return nil
}

// lookAtDisk looks in the background, one task at a time; what comes up meanwhile is looked at after that.
func (s *Server) lookAtDisk() {
	paths, poll := s.disk.paths, s.disk.poll
	if s.disk.looking || len(paths) == 0 && !poll {
		return
	}
	s.disk.looking, s.disk.paths, s.disk.poll = true, nil, false
	s.background("look at the disk", func(context.Context) error {
		changed := len(paths) > 0
		defer s.turn("what the disk has", func() {
			s.disk.looking = false
			s.lookAtDisk()
			s.pollLater()
			if changed {
				s.filesChanged()
			}
		})
		if changed {
			s.workspace.FilesChanged(paths)
		}
		if poll && len(s.workspace.Poll()) > 0 {
			changed = true
		}
		return nil
	})
}
