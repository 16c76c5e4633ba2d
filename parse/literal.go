package parse

func thunks(m *Manifest) []Thunk { return nil }
