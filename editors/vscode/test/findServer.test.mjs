// Where the server is looked for, in which order. Run as: node --test findServer.test.mjs, with the compiled
// src/findServer.ts beside it as findServer.mjs.
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join, relative, resolve } from 'node:path'
import { after, test } from 'node:test'
import { findServer, ServerNotFound } from './findServer.mjs'

const root = mkdtempSync(join(tmpdir(), 'find-server-'))
after(() => rmSync(root, { recursive: true }))
function program(folder, mode = 0o755) {
	const path = join(root, folder, 'nix-pins-lsp')
	mkdirSync(join(root, folder), { recursive: true })
	writeFileSync(path, '')
	chmodSync(path, mode)
	return path
}
const configured = program('configured')
const bundled = program('extension/bin')
const first = program('first')
const second = program('second')
mkdirSync(join(root, 'folder/nix-pins-lsp'), { recursive: true })

const path = (...folders) => folders.map((folder) => (folder === '' ? '' : join(root, folder))).join(delimiter)
const find = (places) => findServer({ configured: '', extensionPath: join(root, 'none'), searchPath: '', platform: 'linux', ...places })

// Breaks when the order is another.
test('the setting, then the extension, then PATH', () => {
	const all = { configured, extensionPath: join(root, 'extension'), searchPath: path('first', 'second') }
	assert.equal(find(all), configured)
	assert.equal(find({ ...all, configured: '' }), bundled)
	assert.equal(find({ searchPath: path('first', 'second') }), first)
	assert.equal(find({ searchPath: path('', 'none', 'folder', 'second') }), second)
})

// Breaks when `~` is taken for the name of a folder.
test('a setting below the home folder', () => {
	const below = relative(homedir(), configured)
	assert.equal(resolve(find({ configured: `~/${below}` })), configured)
})

// Breaks when a wrong setting is passed over in silence: another server than the one meant would run.
test('a setting that names no program', () => {
	for (const wrong of ['/none/nix-pins-lsp', join(root, 'folder/nix-pins-lsp')]) {
		assert.throws(() => find({ configured: wrong, searchPath: path('first') }), (error) => error instanceof ServerNotFound && error.message.includes(wrong))
	}
})

// Breaks when the message does not say where it was looked for.
test('no server at all', () => {
	assert.throws(() => find({}), (error) => error instanceof ServerNotFound && /PATH.*extension.*nixPins\.server\.path/.test(error.message))
})
