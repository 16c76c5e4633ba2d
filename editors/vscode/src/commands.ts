import * as vscode from 'vscode'
import { ExecuteCommandRequest, type LanguageClient, LSPErrorCodes, ResponseError } from 'vscode-languageclient/node'

/** What a command of the server takes: one object. */
interface Arguments {
	uri?: string
	input?: string
	to?: string
}

const prefix = 'nix-pins.'

// What is asked of the person before a command runs from the palette; a lens or an action knows it already.
const needs: Record<string, { flake?: 'must' | 'may'; input?: true; to?: true }> = {
	updateInput: { flake: 'must', input: true },
	lock: { flake: 'must' },
	updatePins: {},
	tryUpgrade: { flake: 'must', input: true, to: true },
	pinRegistry: {},
	checkForUpdates: { flake: 'may' },
	reindex: {},
	openReport: {},
}

/** Registers the palette's commands. Which server they go to is asked each time. */
export function registerCommands(client: () => LanguageClient | undefined): vscode.Disposable[] {
	return Object.keys(needs).map((name) =>
		vscode.commands.registerCommand(`nixPins.${name}`, async () => {
			const running = client()
			const asked = running && (await askFor(name, running))
			if (running && asked) await execute(running, prefix + name, [asked])
		}),
	)
}

/** Runs a command of the server and shows why it failed; what it did the server tells. */
export async function execute(client: LanguageClient, command: string, args: unknown[]): Promise<unknown> {
	try {
		return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args })
	} catch (error) {
		// Whoever cancelled it knows.
		if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled) return undefined
		const message = error instanceof Error ? error.message : String(error)
		// Not awaited: the message stays until somebody closes it.
		void vscode.window.showErrorMessage(`Nix pins: ${message}`)
		return undefined
	}
}

async function askFor(name: string, client: LanguageClient): Promise<Arguments | undefined> {
	const need = needs[name]
	const args: Arguments = {}
	const document = vscode.window.activeTextEditor?.document
	if (need?.flake && document && /\/flake\.(nix|lock)$/.test(document.uri.path)) {
		args.uri = client.code2ProtocolConverter.asUri(document.uri)
	}
	if (need?.flake === 'must' && args.uri === undefined) {
		void vscode.window.showErrorMessage('Nix pins: open the flake.nix or the flake.lock that is meant.')
		return undefined
	}
	if (need?.input) {
		const input = await vscode.window.showInputBox({ title: 'Which input?', placeHolder: 'nixpkgs, or a path such as pins/nixpkgs' })
		if (!input) return undefined
		args.input = input
	}
	if (need?.to) {
		const to = await vscode.window.showInputBox({ title: 'Which version?', placeHolder: 'a flake reference; empty for the newest' })
		if (to === undefined) return undefined
		if (to !== '') args.to = to
	}
	return args
}
