package parse

// ValueKind is the type of a value.
type ValueKind uint8

// The types. UnknownValue is what only an evaluator could tell.
const (
	UnknownValue ValueKind = iota
	NullValue
	BoolValue
	IntegerValue
	FloatValue
	StringValue
	PathValue
	ListValue
	SetValue
	FunctionValue
)

// Value is what an expression evaluates to, as far as that can be said without applying a function or importing a file.
type Value struct {
	Kind ValueKind
	// Text is the text of a string; the source of a path, and of an unknown part.
	Text    string
	Bool    bool
	Integer int64
	Float   float64
	List    []*Value
	// Members are a set's attributes in the order of the text.
	Members []Member
	// Expr is the expression that the value was read from: for an alias that of the aliased attribute. It is nil for a set
	// that only attribute paths make.
	Expr *Expr

	thunk *thunk // how to compute it, while that is not done
}

// Member is one attribute of a set.
type Member struct {
	Name  string
	Value *Value
}

// Member finds an attribute of a set, or gives nil; v may be nil.
func (v *Value) Member(name string) *Value {
	if v == nil {
		return nil
	}
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}
