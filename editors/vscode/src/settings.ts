import * as vscode from 'vscode'

/** The section of all settings of this extension, and the one that the server asks for. */
export const section = 'nixPins'

type Settings = { [name: string]: Settings | unknown }

/**
 * What the person has set, as the object below the section. VS Code itself would send the defaults too, and these would
 * override the project's .nix-pins.toml.
 *
 * @param properties the names of all settings, with the section: the extension's schema
 * @param scope the file or folder for which the settings are asked
 */
export function settingsThatAreSet(properties: string[], scope?: vscode.Uri): Settings {
	const configuration = vscode.workspace.getConfiguration(undefined, scope)
	const settings: Settings = {}
	for (const property of properties) {
		const at = configuration.inspect(property)
		if (at?.globalValue === undefined && at?.workspaceValue === undefined && at?.workspaceFolderValue === undefined) continue
		const path = property.split('.').slice(1)
		const name = path.pop()
		if (name === undefined) continue
		let table = settings
		for (const step of path) table = (table[step] ??= {}) as Settings
		table[name] = configuration.get(property)
	}
	return settings
}
