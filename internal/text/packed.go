package text

// Packed reads a packed text from its start: numbers, one after the other, of 7 bits a byte as in a protocol buffer.
type Packed struct {
	text string
	at   int
}

// Unpack reads a packed text.
func Unpack(text string) Packed { return Packed{text: text} }

// At is how far it has come, in bytes.
func (p *Packed) At() int { return p.at }

// Done says whether nothing is left.
func (p *Packed) Done() bool { return p.at == len(p.text) }

// AppendNumber appends a number to a packed text.
func AppendNumber(to []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		to = append(to, byte(n)|0x80)
	}
	return append(to, byte(n))
}

// AppendNear appends a number by its distance from another one.
func AppendNear(to []byte, n, expected uint32) []byte {
	d := n - expected
	return AppendNumber(to, d<<1^-(d>>31))
}

// Number takes the number that AppendNumber appended.
func (p *Packed) Number() uint32 {
	if b := p.text[p.at]; b < 0x80 { // as most are
		p.at++
		return uint32(b)
	}
	return p.long()
}

func (p *Packed) long() uint32 {
	n := uint32(0)
	for shift := 0; ; shift += 7 {
		b := p.text[p.at]
		p.at++
		n |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

// Near takes the number that AppendNear appended.
func (p *Packed) Near(expected uint32) uint32 {
	d := p.Number()
	return expected + (d>>1 ^ -(d & 1))
}
