import * as vscode from 'vscode'
import type { FeatureState, LanguageClient, StaticFeature } from 'vscode-languageclient/node'

// The notification is rust-analyzer's: the protocol has none for how a server is.
type Status = { health: 'ok' | 'warning' | 'error'; quiescent: boolean; message: string }

const severities = {
	ok: vscode.LanguageStatusSeverity.Information,
	warning: vscode.LanguageStatusSeverity.Warning,
	error: vscode.LanguageStatusSeverity.Error,
}

// showStatus shows what the server says of itself behind the braces in the status bar, for as long as it runs.
export function showStatus(client: LanguageClient): void {
	let item: vscode.LanguageStatusItem | undefined
	const feature: StaticFeature = {
		fillClientCapabilities: (capabilities) => {
			capabilities.experimental = { ...(capabilities.experimental as object | undefined), serverStatusNotification: true }
		},
		initialize: () => {},
		getState: (): FeatureState => ({ kind: 'static' }),
		clear: () => {
			item?.dispose()
			item = undefined
		},
	}
	client.registerFeature(feature)
	client.onNotification('experimental/serverStatus', (status: Status) => {
		item ??= vscode.languages.createLanguageStatusItem('nixPins', { pattern: '**/{flake.nix,flake.lock,mana.nix,.nix-pins.toml}' })
		item.name = 'Nix pins'
		item.text = status.message
		item.busy = !status.quiescent
		item.severity = severities[status.health]
	})
}
