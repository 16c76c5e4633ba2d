import { accessSync, constants, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Where the server may be. */
export interface Places {
	/** The setting nixPins.server.path; empty if it is not set. */
	configured: string
	/** The folder of this extension, which may hold a server in bin/. */
	extensionPath: string
	/** The environment variable PATH. */
	searchPath: string
	platform: NodeJS.Platform
}

/** No server was found. The message says where it was looked for. */
export class ServerNotFound extends Error {}

/**
 * The path of the server's program: the setting, else the one that comes with the extension, else the first on PATH.
 * A setting that names no program is an error, never passed over: the person meant that one.
 */
export function findServer(places: Places): string {
	const name = places.platform === 'win32' ? 'nix-pins-lsp.exe' : 'nix-pins-lsp'
	if (places.configured !== '') {
		const path = places.configured.replace(/^~(?=[/\\])/, homedir())
		if (!isProgram(path)) {
			throw new ServerNotFound(`The setting nixPins.server.path is ${JSON.stringify(places.configured)}, and there is no program there.`)
		}
		return path
	}
	const bundled = join(places.extensionPath, 'bin', name)
	if (isProgram(bundled)) return bundled
	for (const folder of places.searchPath.split(delimiter)) {
		// An empty entry means the current folder, from which nothing should be started.
		const path = join(folder, name)
		if (folder !== '' && isProgram(path)) return path
	}
	throw new ServerNotFound(
		'The server nix-pins-lsp is not on PATH, does not come with this extension, and the setting nixPins.server.path is empty.',
	)
}

function isProgram(path: string): boolean {
	try {
		accessSync(path, constants.X_OK)
		return statSync(path).isFile()
	} catch {
		return false
	}
}
