package parse

// pieces makes values of one type, many at a time. A manifest has hundreds of small parts, which come and go with it: one by one they
// would cost more than all else that is done to build them. The zero pieces is ready for use.
type pieces[T any] struct {
	free []T
	made int // how many the last piece had
}

// The least and the most values that are made at a time.
const (
	leastPiece = 2
	mostPiece  = 8
)

// one gives a zero value.
func (p *pieces[T]) one() *T {
	if len(p.free) == 0 {
		p.made = min(max(2*p.made, leastPiece), mostPiece)
		p.free = make([]T, p.made)
	}
	v := &p.free[0]
	p.free = p.free[1:]
	return v
}

// placedAttr is an attribute with its first place, which nearly all have alone.
type placedAttr struct {
	Attr
	place [1]Place
}

// attr makes an attribute that is written at a place.
func (b *builder) attr(name string, place Place) *Attr {
	a := b.attrs.one()
	a.Name, a.place[0] = name, place
	a.Places = a.place[:1:1]
	return &a.Attr
}
