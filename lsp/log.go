package lsp

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/secret"
)

// discreet is a handler that takes the secrets out of all that is logged.
type discreet struct{ slog.Handler }

func (h discreet) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, secret.Hide(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(withoutSecret(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h discreet) WithAttrs(attributes []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attributes))
	for i, a := range attributes {
		clean[i] = withoutSecret(a)
	}
	return discreet{h.Handler.WithAttrs(clean)}
}

func (h discreet) WithGroup(name string) slog.Handler { return discreet{h.Handler.WithGroup(name)} }

func withoutSecret(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, secret.Hide(value.String()))
	case slog.KindAny: // an error, which names what went wrong
		return slog.String(a.Key, secret.Hide(fmt.Sprint(value.Any())))
	case slog.KindGroup:
		group := make([]slog.Attr, 0, len(value.Group()))
		for _, member := range value.Group() {
			group = append(group, withoutSecret(member))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	default:
		return a
	}
}
