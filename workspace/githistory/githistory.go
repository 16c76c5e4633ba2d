// Package githistory reads, out of the objects of a Git repository on this disk, what one file held in each commit. It starts
// no process and changes nothing. Packs and deltas are go-git's business; commits and trees, which are a few lines of text, are
// read here, because go-git's package for them brings a whole OpenPGP with it.
package githistory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// maxObject is the number of bytes over which a commit or a tree is not read.
const maxObject = 8 << 20

// Repository is the objects of a repository. It is for one goroutine.
type Repository struct {
	storage *filesystem.Storage
}

// Open gives the objects below a repository's common folder (.git, or of a worktree what its commondir names). Close it.
func Open(commonDir string) *Repository {
	files := regularFiles{osfs.New(commonDir)}
	return &Repository{filesystem.NewStorageWithOptions(files, cache.NewObjectLRU(4<<20), filesystem.Options{AlternatesFS: regularFiles{osfs.New("/")}})}
}

// Close lets go of the files.
func (r *Repository) Close() error { return r.storage.Close() }

// regularFiles opens regular files alone: others act on being opened.
type regularFiles struct{ billy.Filesystem }

func (f regularFiles) Open(name string) (billy.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

func (f regularFiles) OpenFile(name string, flag int, mode os.FileMode) (billy.File, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return f.Filesystem.OpenFile(name, flag, mode)
}

// Commit is one commit and what it has at a path.
type Commit struct {
	// Hash is the commit's name, 40 hexadecimal digits.
	Hash string
	// At is when it was committed, in UTC.
	At time.Time
	// Blob names the content of the file, "" where the commit has no such file.
	Blob string
}

// History gives the commits from head along first parents, newest first and at most limit, each with what it has at the path
// (slashes, no leading one). whole is false where there are more. A commit that is not there, as in a shallow clone, ends the
// history.
func (r *Repository) History(head, path string, limit int) (commits []Commit, whole bool, err error) {
	return r.HistoryUntil(head, path, limit, nil)
}

// HistoryUntil is History that ends with the first commit that is one of some, by their names: whole is false then.
func (r *Repository) HistoryUntil(head, path string, limit int, ends map[string]bool) (commits []Commit, whole bool, err error) {
	defer caught(&err)
	known := map[plumbing.Hash]string{} // what a tree has at the path
	for at := plumbing.NewHash(head); ; {
		if len(commits) == limit {
			return commits, false, nil
		}
		body, err := r.object(plumbing.CommitObject, at)
		if errors.Is(err, plumbing.ErrObjectNotFound) && len(commits) > 0 {
			return commits, false, nil
		} else if err != nil {
			return commits, false, fmt.Errorf("commit %s: %w", at, err)
		}
		c, err := readCommit(body)
		if err != nil {
			return commits, false, fmt.Errorf("commit %s: %w", at, err)
		}
		blob, seen := known[c.tree]
		if !seen {
			if blob, err = r.blobAt(c.tree, path); err != nil {
				return commits, false, fmt.Errorf("commit %s: %w", at, err)
			}
			known[c.tree] = blob
		}
		commits = append(commits, Commit{at.String(), c.at, blob})
		if len(c.parents) == 0 {
			return commits, true, nil
		}
		if ends[at.String()] {
			return commits, false, nil
		}
		at = c.parents[0]
	}
}

// Reached is the place in a history of the newest of its commits that some heads have, themselves or among their ancestors; -1 where there is none.
// At most limit other commits are read; one that is not there, as in a shallow clone, has no ancestors here.
func (r *Repository) Reached(history []Commit, heads []string, limit int) (newest int, err error) {
	newest = -1
	defer caught(&err)
	places := make(map[plumbing.Hash]int, len(history))
	for i, c := range history {
		places[plumbing.NewHash(c.Hash)] = i
	}
	var queue []plumbing.Hash
	seen := map[plumbing.Hash]bool{}
	add := func(hash plumbing.Hash) {
		if place, ok := places[hash]; ok && (newest < 0 || place < newest) {
			newest = place // no ancestor of it is a newer one
		} else if !ok && !seen[hash] && len(queue) < limit {
			seen[hash] = true
			queue = append(queue, hash)
		}
	}
	for _, head := range heads {
		add(plumbing.NewHash(head))
	}
	for n := 0; n < len(queue) && newest != 0; n++ {
		body, err := r.object(plumbing.CommitObject, queue[n])
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		} else if err != nil {
			return newest, fmt.Errorf("commit %s: %w", queue[n], err)
		}
		c, err := readCommit(body)
		if err != nil {
			return newest, fmt.Errorf("commit %s: %w", queue[n], err)
		}
		for _, parent := range c.parents {
			add(parent)
		}
	}
	return newest, nil
}

// Text is the content of a blob of at most limit bytes.
func (r *Repository) Text(blob string, limit int64) (text string, err error) {
	defer caught(&err)
	body, err := r.limited(plumbing.BlobObject, plumbing.NewHash(blob), limit)
	return string(body), err
}

// caught turns a panic over a damaged repository into an error: the objects of a stranger's repository are no reason to die.
func caught(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("the repository cannot be read: %v", cause)
	}
}

func (r *Repository) object(kind plumbing.ObjectType, hash plumbing.Hash) ([]byte, error) {
	return r.limited(kind, hash, maxObject)
}

func (r *Repository) limited(kind plumbing.ObjectType, hash plumbing.Hash, limit int64) ([]byte, error) {
	object, err := r.storage.EncodedObject(kind, hash)
	if err != nil {
		return nil, err
	}
	if object.Size() > limit {
		return nil, fmt.Errorf("the object %s has %d bytes, more than the %d that are read", hash, object.Size(), limit)
	}
	reader, err := object.Reader()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(reader, limit))
	return body, errors.Join(err, reader.Close())
}

type commit struct {
	tree    plumbing.Hash
	parents []plumbing.Hash
	at      time.Time
}

// readCommit reads the header of a commit, which ends at the first empty line.
func readCommit(body []byte) (c commit, err error) {
	for line := range bytes.Lines(body) {
		key, value, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		switch {
		case key == "":
			if c.tree.IsZero() {
				return c, errors.New("it names no tree")
			}
			return c, nil
		case key == "tree":
			c.tree = plumbing.NewHash(value)
		case key == "parent":
			c.parents = append(c.parents, plumbing.NewHash(value))
		case key == "committer":
			// NAME <MAIL> SECONDS ZONE
			fields := strings.Fields(value[strings.LastIndexByte(value, '>')+1:])
			if len(fields) == 0 {
				return c, errors.New("its committer has no time")
			}
			seconds, err := strconv.ParseInt(fields[0], 10, 64)
			if err != nil {
				return c, fmt.Errorf("the time of its committer: %w", err)
			}
			c.at = time.Unix(seconds, 0).UTC()
		}
	}
	return c, errors.New("its header has no end")
}

// blobAt is the blob at a path below a tree, "" where there is none.
func (r *Repository) blobAt(tree plumbing.Hash, path string) (string, error) {
	for {
		name, rest, deeper := strings.Cut(path, "/")
		body, err := r.object(plumbing.TreeObject, tree)
		if err != nil {
			return "", fmt.Errorf("tree %s: %w", tree, err)
		}
		mode, hash, err := entryOf(body, name)
		switch {
		case err != nil:
			return "", fmt.Errorf("tree %s: %w", tree, err)
		case deeper && mode == "40000":
			tree, path = hash, rest
		case !deeper && strings.HasPrefix(mode, "100"):
			return hash.String(), nil
		default: // nothing, a link, a submodule
			return "", nil
		}
	}
}

// entryOf finds a name in a tree, whose entries are MODE SPACE NAME NUL and the twenty bytes of a hash. The mode is "" where
// the name is not there.
func entryOf(tree []byte, name string) (mode string, hash plumbing.Hash, err error) {
	for len(tree) > 0 {
		space, nul := bytes.IndexByte(tree, ' '), bytes.IndexByte(tree, 0)
		if space < 0 || nul < space || len(tree) < nul+1+len(hash) {
			return "", hash, errors.New("it breaks off within an entry")
		}
		if string(tree[space+1:nul]) == name {
			copy(hash[:], tree[nul+1:])
			return string(tree[:space]), hash, nil
		}
		tree = tree[nul+1+len(hash):]
	}
	return "", hash, nil
}
