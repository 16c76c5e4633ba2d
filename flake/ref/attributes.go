package ref

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// ValueKind is the type of an attribute's value, in the words of Nix's messages.
type ValueKind string

// The three types that an attribute of a reference can have.
const (
	String  ValueKind = "string"
	Integer ValueKind = "integer"
	Boolean ValueKind = "Boolean"
)

// Attribute is one attribute that a type of reference may have.
type Attribute struct {
	Name     string
	Kind     ValueKind
	Required bool
	// Query says whether it can also be written as a key of the URL's query. Nix lets other keys go to the server (git,
	// tarball, file), drops them (forges before 2.35, flake:) or refuses them (path).
	Query bool
	Doc   string
}

// Scheme is one way to begin a reference.
type Scheme struct {
	Name     string // with its colon: "github:"
	Template string // as a whole, the parts to fill in in capitals: "github:OWNER/REPO"
	Type     string
	Doc      string
}

// Schemes are the ways to begin a reference that is a URL, the usual ones first. The slice is the caller's own.
func Schemes() []Scheme { return slices.Clone(schemes) }

var schemes = []Scheme{
	{"github:", "github:OWNER/REPO", GitHub, "A repository on GitHub, fetched as an archive; a branch, tag or rev may follow after a slash."},
	{"gitlab:", "gitlab:OWNER/REPO", GitLab, "A repository on GitLab, fetched as an archive; the slashes of subgroups are written %2F."},
	{"sourcehut:", "sourcehut:~OWNER/REPO", SourceHut, "A repository on SourceHut, fetched as an archive."},
	{"git+https:", "git+https://HOST/PATH", Git, "A Git repository over HTTPS."},
	{"git+ssh:", "git+ssh://git@HOST/PATH", Git, "A Git repository over SSH, with the keys of the person who locks: for private repositories."},
	{"git+file:", "git+file:///PATH", Git, "A Git repository on this machine."},
	{"git+http:", "git+http://HOST/PATH", Git, "A Git repository over HTTP, which neither hides nor signs what it carries."},
	{"git:", "git://HOST/PATH", Git, "A Git repository over Git's own protocol, which neither hides nor signs what it carries."},
	{"path:", "path:./PATH", Path, "A folder: relative to this flake and inside of its source, or absolute."},
	{"flake:", "flake:ID", Indirect, "An id that the global flake registry resolves."},
	{"https:", "https://HOST/PATH.tar.gz", Tarball, "An archive over HTTPS; with flake = false and no archive extension, a file."},
	{"http:", "http://HOST/PATH.tar.gz", Tarball, "An archive over HTTP, which neither hides nor signs what it carries."},
	{"file:", "file:///PATH.tar.gz", Tarball, "An archive on this machine."},
	{"tarball+https:", "tarball+https://HOST/PATH", Tarball, "An archive over HTTPS, whatever its name ends in."},
	{"tarball+http:", "tarball+http://HOST/PATH", Tarball, "An archive over HTTP, whatever its name ends in."},
	{"tarball+file:", "tarball+file:///PATH", Tarball, "An archive on this machine, whatever its name ends in."},
	{"file+https:", "file+https://HOST/PATH", File, "One file over HTTPS, not unpacked."},
	{"file+http:", "file+http://HOST/PATH", File, "One file over HTTP, not unpacked."},
	{"file+file:", "file+file:///PATH", File, "One file on this machine, not unpacked."},
	{"hg+https:", "hg+https://HOST/PATH", Mercurial, "A Mercurial repository over HTTPS."},
	{"hg+ssh:", "hg+ssh://HOST/PATH", Mercurial, "A Mercurial repository over SSH."},
	{"hg+http:", "hg+http://HOST/PATH", Mercurial, "A Mercurial repository over HTTP, which neither hides nor signs what it carries."},
	{"hg+file:", "hg+file:///PATH", Mercurial, "A Mercurial repository on this machine."},
}

// Types are the known types of references, as the attribute `type` names them, in the order of the constants.
func Types() []string {
	return []string{Indirect, GitHub, GitLab, SourceHut, Git, Mercurial, Path, Tarball, File}
}

// Attributes are the attributes that Nix allows beside `type` in a reference of that type, `dir` included, the required ones
// first; nil for an unknown type. The slice is the caller's own.
func Attributes(typ string) []Attribute { return slices.Clone(allowed[typ]) }

// NearestScheme is the supported scheme (with its colon) most like an unsupported one (with or without its colon), if one is
// near enough to be a slip of the fingers or only differs in case or in the order of its parts.
func NearestScheme(scheme string) (string, bool) {
	scheme = strings.ToLower(strings.TrimSuffix(scheme, ":"))
	if a, b, ok := strings.Cut(scheme, "+"); ok && a != "git" && b == "git" {
		scheme = b + "+" + a
	}
	if scheme == "ssh" {
		return "git+ssh:", true // Nix has no other use for SSH but Git and Mercurial
	}
	known := make([]string, len(schemes))
	for i, s := range schemes {
		known[i] = strings.TrimSuffix(s.Name, ":")
	}
	if near, ok := Nearest(scheme, known); ok {
		return near + ":", true
	}
	return "", false
}

// Nearest is the candidate with the fewest edits from a name, the first of equals, if they are few enough for a slip of the
// fingers: one for each three letters, and always one.
func Nearest(name string, candidates []string) (string, bool) {
	if len(name) > 64 {
		return "", false // no slip, and the distance costs time
	}
	best, at := max(1, len(name)/3)+1, ""
	for _, c := range candidates {
		if d := levenshtein.Distance(name, c, nil); d < best {
			best, at = d, c
		}
	}
	return at, at != ""
}

// attributeCount is len(names); the tests hold the two together.
const attributeCount = 27

// names are all attributes but `type`, sorted.
var names = func() []string {
	var all []string
	for _, list := range allowed {
		for _, a := range list {
			all = append(all, a.Name)
		}
	}
	all = append(all, "__final")
	slices.Sort(all)
	return slices.Compact(all)
}()

var indexes = func() map[string]int {
	m := make(map[string]int, len(names))
	for i, name := range names {
		m[name] = i
	}
	return m
}()

// kinds are the kinds of values; one name has the same kind in every type. `__final` is Nix's own mark, allowed everywhere.
var kinds = func() map[string]ValueKind {
	m := map[string]ValueKind{"__final": Boolean}
	for _, list := range allowed {
		for _, a := range list {
			m[a.Name] = a.Kind
		}
	}
	return m
}()

var (
	dirAttribute      = Attribute{"dir", String, false, true, "The folder of flake.nix within the source."}
	narHashAttribute  = Attribute{"narHash", String, false, true, "The SRI hash of the unpacked source."}
	modifiedAttribute = Attribute{"lastModified", Integer, false, false, "The time of the last change, in seconds since 1970."}
	countAttribute    = Attribute{"revCount", Integer, false, false, "The number of commits up to this one."}
	branchAttribute   = Attribute{"ref", String, false, true, "A branch or tag."}
	commitAttribute   = Attribute{"rev", String, false, true, "A commit hash."}
	nameAttribute     = Attribute{"name", String, false, false, "The name of the store path."}

	forgeAttributes = []Attribute{
		{"owner", String, true, false, "The user, organisation or group."},
		{"repo", String, true, false, "The repository's name."},
		branchAttribute, commitAttribute, dirAttribute,
		{"host", String, false, true, "The host of a forge of one's own."},
		narHashAttribute, modifiedAttribute,
		{"treeHash", String, false, false, "The hash of the Git tree."},
	}
	archiveAttributes = []Attribute{
		{"url", String, true, false, "The URL, https, http or file."},
		dirAttribute, narHashAttribute, commitAttribute, inQuery(countAttribute), inQuery(modifiedAttribute), nameAttribute,
		{"unpack", Boolean, false, false, "Whether to unpack; the type decides."},
	}
)

func inQuery(a Attribute) Attribute {
	a.Query = true
	return a
}

var allowed = map[string][]Attribute{
	Indirect: {
		{"id", String, true, false, "The registry's id: a letter, then letters, digits, _ and -."},
		{"ref", String, false, false, "A branch or tag."},
		{"rev", String, false, false, "A commit hash."},
		dirAttribute,
		{"narHash", String, false, false, "The SRI hash of the unpacked source."},
	},
	GitHub:    forgeAttributes,
	GitLab:    forgeAttributes,
	SourceHut: forgeAttributes,
	Git: {
		{"url", String, true, false, "The repository's URL, as Git takes it."},
		branchAttribute, commitAttribute, dirAttribute,
		{"submodules", Boolean, false, true, "Fetch submodules too; in a query only 1 is true."},
		{"shallow", Boolean, false, true, "Accept a shallow clone; in a query only 1 is true."},
		{"lfs", Boolean, false, true, "Fetch Git LFS files; in a query only 1 is true. Since 2.27."},
		{"allRefs", Boolean, false, true, "Fetch all branches and tags; in a query only 1 is true."},
		{"exportIgnore", Boolean, false, true, "Leave out what .gitattributes marks export-ignore; in a query only 1 is true."},
		{"verifyCommit", Boolean, false, true, "Check the commit's signature (experimental feature verified-fetches)."},
		{"keytype", String, false, true, "The type of publicKey (experimental feature verified-fetches)."},
		{"publicKey", String, false, true, "The key that must have signed (experimental feature verified-fetches)."},
		{"publicKeys", String, false, true, "Several such keys, as JSON (experimental feature verified-fetches)."},
		{"narHash", String, false, false, "The SRI hash of the unpacked source."},
		modifiedAttribute, countAttribute, nameAttribute,
		{"dirtyRev", String, false, false, "The commit below uncommitted changes; Nix writes it."},
		{"dirtyShortRev", String, false, false, "The same, shortened; Nix writes it."},
	},
	Mercurial: {
		{"url", String, true, false, "The repository's URL."},
		branchAttribute, commitAttribute, dirAttribute,
		{"narHash", String, false, false, "The SRI hash of the unpacked source."},
		countAttribute, nameAttribute,
	},
	Path: {
		{"path", String, true, false, "The folder, absolute or relative to the flake."},
		dirAttribute, narHashAttribute, commitAttribute, inQuery(countAttribute), inQuery(modifiedAttribute),
	},
	Tarball: archiveAttributes,
	File:    archiveAttributes,
}
