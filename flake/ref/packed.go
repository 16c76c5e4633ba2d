package ref

import "slices"

// types are the types, by the byte that stands for each in a packed reference.
var types = [...]string{"", Indirect, GitHub, GitLab, SourceHut, Git, Mercurial, Path, Tarball, File}

// AppendPacked appends the reference as one text, from which Unpack makes it again.
func (r Ref) AppendPacked(to []byte) []byte {
	return append(append(to, byte(slices.Index(types[:], r.typ))), r.attrs...)
}

// Unpack is the reference that AppendPacked packed. It holds on to the text and allocates nothing.
func Unpack(packed string) Ref { return Ref{types[packed[0]], packed[1:]} }
