import * as vscode from 'vscode'
import { DidChangeConfigurationNotification, LanguageClient, type LanguageClientOptions, TransportKind } from 'vscode-languageclient/node'
import { execute, registerCommands } from './commands'
import { findServer, ServerNotFound } from './findServer'
import { section, settingsThatAreSet } from './settings'
import { showStatus } from './status'

const howToInstall = 'https://github.com/nix-pins-lsp/nix-pins-lsp/blob/main/docs/editors/vscode.md'

// Chosen by name and not by language: the locks are JSON, and other Nix files are none of its business.
const manifests = ['flake.nix', 'flake.lock', 'mana.nix', 'entrypoint.nix', 'lock.json', '.nix-pins.toml']

let client: LanguageClient | undefined
// Starts and stops wait for one another: two at once would leave a server without a client.
let turn: Promise<void> = Promise.resolve()

export async function activate(context: vscode.ExtensionContext): Promise<void> {
	const output = vscode.window.createOutputChannel('Nix pins', { log: true })
	const restart = () => (turn = turn.then(stop).then(() => start(context, output)))
	context.subscriptions.push(
		output,
		vscode.commands.registerCommand('nixPins.restart', restart),
		vscode.commands.registerCommand('nixPins.showOutput', () => output.show()),
		...registerCommands(() => client),
		// The server is told of trust once, as it starts.
		vscode.workspace.onDidGrantWorkspaceTrust(() => void restart()),
		vscode.workspace.onDidChangeConfiguration((event) => {
			if (event.affectsConfiguration(`${section}.server`)) void restart()
		}),
	)
	await restart()
}

export async function deactivate(): Promise<void> {
	turn = turn.then(stop)
	await turn
}

async function start(context: vscode.ExtensionContext, output: vscode.LogOutputChannel): Promise<void> {
	const properties = Object.keys(context.extension.packageJSON.contributes.configuration.properties)
	try {
		const command = findServer({
			configured: vscode.workspace.getConfiguration(section).get('server.path', ''),
			extensionPath: context.extensionPath,
			searchPath: process.env['PATH'] ?? '',
			platform: process.platform,
		})
		output.info(`starting ${command}`)
		const options: LanguageClientOptions = {
			documentSelector: manifests.map((name) => ({ scheme: 'file', pattern: `**/${name}` })),
			initializationOptions: () => ({ ...settingsThatAreSet(properties), trusted: vscode.workspace.isTrusted }),
			synchronize: { configurationSection: section },
			middleware: {
				executeCommand: (command, args) => execute(started, command, args),
				workspace: {
					configuration: (params, token, next) =>
						params.items.every((item) => item.section === section)
							? params.items.map((item) =>
									settingsThatAreSet(properties, item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri)),
								)
							: next(params, token),
					didChangeConfiguration: () =>
						started.sendNotification(DidChangeConfigurationNotification.type, {
							settings: { [section]: settingsThatAreSet(properties) },
						}),
				},
			},
			diagnosticCollectionName: 'nix-pins',
			outputChannel: output,
		}
		// The id is also the section in which the client finds its own setting trace.server.
		const started = new LanguageClient(section, 'Nix pins', { command, args: ['serve'], transport: TransportKind.stdio }, options)
		showStatus(started)
		client = started
		await started.start()
		await vscode.commands.executeCommand('setContext', 'nixPins.running', true)
	} catch (error) {
		client = undefined
		const message = error instanceof Error ? error.message : String(error)
		output.error(message)
		// Not awaited: the message stays until somebody answers it.
		void report(message, error instanceof ServerNotFound)
	}
}

async function stop(): Promise<void> {
	const stopping = client
	client = undefined
	await vscode.commands.executeCommand('setContext', 'nixPins.running', false)
	// A client whose server has failed cannot be stopped, and need not be.
	if (stopping?.isRunning()) await stopping.dispose()
}

async function report(message: string, missing: boolean): Promise<void> {
	const install = 'How to install it'
	const settings = 'Open the setting'
	const show = 'Show the output'
	const answer = await vscode.window.showErrorMessage(
		missing ? message : `Nix pins: the server did not start: ${message}`,
		...(missing ? [install, settings] : [show]),
	)
	if (answer === install) await vscode.env.openExternal(vscode.Uri.parse(howToInstall))
	if (answer === settings) await vscode.commands.executeCommand('workbench.action.openSettings', `${section}.server.path`)
	if (answer === show) await vscode.commands.executeCommand('nixPins.showOutput')
}
