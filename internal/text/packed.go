package text

// Packed is what is read from the front of a packed text: numbers, one after the other, of 7 bits a byte as in a protocol buffer.
type Packed string

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
	n, i := uint32((*p)[0]&0x7f), 1
	for (*p)[i-1] >= 0x80 {
		n |= uint32((*p)[i]&0x7f) << (7 * i)
		i++
	}
	*p = (*p)[i:]
	return n
}

// Near takes the number that AppendNear appended.
func (p *Packed) Near(expected uint32) uint32 {
	d := p.Number()
	return expected + (d>>1 ^ -(d & 1))
}
