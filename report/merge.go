package report

import (
	"io"
	"iter"
)

// Merge joins inventories that were written on their own.
type Merge struct {
	// Keep is set before the first Read where Rows is wanted.
	Keep  bool
	parts []*builder
}

// Read takes one inventory. name is what errors and notes call it; an error about its content is a *RowError.
func (m *Merge) Read(r io.Reader, name string) error {
	b := newBuilder(name)
	add := b.add
	if m.Keep {
		add = func(r *Row) error {
			b.rows = append(b.rows, *r)
			return b.add(r)
		}
	}
	if err := ReadRows(r, name, add); err != nil {
		return err
	}
	m.parts = append(m.parts, b)
	return nil
}

// Inventory is what was read, as one. Of a repository that is in several inventories the newest one counts, which a note says.
func (m *Merge) Inventory() *Inventory { return merged(m.parts) }

// Rows are the rows that count, as they were read and in that order.
func (m *Merge) Rows() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		o := owners(m.parts)
		for _, b := range m.parts {
			for i := range b.rows {
				r := &b.rows[i]
				counts := o.owner[r.Repo] == b
				if r.Kind == KindRegistry {
					counts = o.registry == b
				}
				if counts && !yield(r) {
					return
				}
			}
		}
	}
}
