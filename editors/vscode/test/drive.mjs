// Drives the VS Code workbench, as code-server shows it in Chromium, through the main job.
// Run as: node drive.mjs ADDRESS REPO SERVER MACHINE_SETTINGS WANT SCREENSHOTS NIX
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [address, repo, server, machineSettings, want, screenshots, nix] = process.argv.slice(2)
const require = createRequire(join(process.env.NIX_PINS_TOOLS, 'vscode/package.json'))
const { chromium } = require('playwright-core')

const leaf = join(repo, 'web/flake.nix')
const lineOf = (text) => readFileSync(leaf, 'utf8').split('\n').findIndex((line) => line.includes(text)) + 1

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM,
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
page.setDefaultTimeout(20_000)

let shots = 0
const shot = (name) => page.screenshot({ path: join(screenshots, `${String(++shots).padStart(2, '0')}-${name}.png`) })

class Failed extends Error {}

// step runs one part; what goes wrong in it is told with what was expected and what is on the screen.
async function step(name, expected, run, seen) {
	try {
		await run()
		await shot(name.replaceAll(' ', '-'))
	} catch (error) {
		await shot('failed')
		const text = await page.locator(seen).allInnerTexts()
		throw new Failed(`FAIL: ${name}\n  expected: ${expected}\n  seen:     ${JSON.stringify(text).replaceAll(' ', ' ')}\n  ${error.message}`)
	}
}

// VS Code draws spaces as no-break spaces.
const line = (text) => page.locator('.view-lines .view-line').filter({ hasText: new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[\\s\\u00a0]')) })

async function goToLine(number) {
	await page.keyboard.press('Control+G')
	await page.locator('.quick-input-widget input').waitFor()
	await page.keyboard.type(String(number))
	await page.keyboard.press('Enter')
	await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
	await page.locator('.monaco-editor.focused').waitFor()
}

// openFile opens DIR/NAME by the list of files. Enter takes what is chosen in it, which at first are files of before.
async function openFile(path) {
	const [dir, name] = path.split('/')
	await page.keyboard.press('Control+P')
	await page.locator('.quick-input-widget input').waitFor()
	await page.keyboard.type(path)
	await page.locator('.quick-input-widget .monaco-list-row.focused', { hasText: name }).filter({ hasText: dir }).waitFor()
	await page.keyboard.press('Enter')
	await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
}

try {
	await page.goto(address)
	await step('a missing server', 'an error that names the setting, with a button how to install it', async () => {
		await page.locator('.monaco-workbench').waitFor()
		const toast = page.locator('.notification-toast', { hasText: 'nixPins.server.path' })
		await toast.waitFor()
		await toast.getByText('How to install it').waitFor()
		await toast.getByText('Open the setting').waitFor()
	}, '.notification-toast')

	await step('the leaf open', 'web/flake.nix in an editor', async () => {
		await page.locator('.notification-toast').hover()
		await page.locator('.notification-toast .codicon-notifications-clear').click()
		await openFile('web/flake.nix')
		await line('nixpkgs.url = ').first().waitFor()
	}, '.quick-input-widget, .view-lines')

	await step('diagnostics', `raw-url on line ${lineOf('nixpkgs.url = ')} among the problems, beside those of files that are not open, and an information in the text`, async () => {
		// The setting alone must be enough to start the server.
		writeFileSync(machineSettings, JSON.stringify({ 'nixPins.server.path': server, 'nixPins.commands.nix': nix }))
		await page.locator('.squiggly-info').first().waitFor()
		await page.keyboard.press('Control+Shift+M')
		await page.locator('.markers-panel .monaco-list-row', { hasText: 'unknown-follows' }).first().waitFor()
		// The list shows only the rows that fit.
		const filter = page.locator('.viewpane-filter input').first()
		await filter.fill('**/web/flake.nix')
		await page.locator('.markers-panel .monaco-list-row', { hasText: 'raw-url' }).filter({ hasText: `[Ln ${lineOf('nixpkgs.url = ')},` }).waitFor()
		await shot('problems of the leaf')
		await filter.fill('')
	}, '.markers-panel .monaco-list-row, .notification-toast')

	await step('an edit of pins', 'no raw-url on nixpkgs of the open leaf once pins lacks it, not saved, saved, and again when another program writes pins', async () => {
		const pins = join(repo, 'pins/flake.nix')
		const before = readFileSync(pins, 'utf8')
		const filter = page.locator('.viewpane-filter input').first()
		await filter.fill('**/web/flake.nix')
		const finding = page.locator('.markers-panel .monaco-list-row', { hasText: 'raw-url' }).filter({ hasText: `[Ln ${lineOf('nixpkgs.url = ')},` })
		await finding.waitFor()
		await openFile('pins/flake.nix')
		await line('nixpkgs.url = "github:NixOS').first().click()
		await page.keyboard.press('Home')
		await page.keyboard.press('Shift+End')
		await page.keyboard.type('nixpkgs.url = "github:acme/other";')
		await line('nixpkgs.url = "github:acme/other";').first().waitFor()
		await finding.waitFor({ state: 'detached' })
		await shot('pins edited')
		await page.keyboard.press('Control+S')
		await page.locator('.tabs-container .tab.active:not(.dirty)').waitFor()
		await page.locator('.tabs-container .tab.active .tab-actions .action-label').click()
		await line('nixpkgs.url = "github:nixos').first().waitFor()
		await finding.waitFor({ state: 'detached' })
		writeFileSync(pins, before)
		await finding.waitFor()
		await filter.fill('')
	}, '.markers-panel .monaco-list-row, .tabs-container .tab, .view-lines')

	await step('the status', 'how many flakes were read, behind the braces of the status bar', async () => {
		await page.locator('.statusbar-item[id="status.languageStatus"]').hover()
		await page.locator('.hover-language-status', { hasText: '7 flakes, pins is pins' }).first().waitFor()
	}, '.statusbar-item, .hover-language-status')

	await step('completion', 'a line commented out and in again, the quote closed, and fenix offered in "pins/…"', async () => {
		await page.keyboard.press('Control+Shift+M')
		await line('crane.url = ').first().click()
		await goToLine(lineOf('crane.url = '))
		await page.keyboard.press('Control+/')
		await line('# crane.url = ').waitFor()
		await page.keyboard.press('Control+/')
		await line('# crane.url = ').waitFor({ state: 'detached' })
		await page.keyboard.press('End')
		await page.keyboard.press('Enter')
		await page.keyboard.type('fenix.follows = "pins/')
		await line('fenix.follows = "pins/"').waitFor()
		await page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'fenix' }).first().waitFor()
	}, '.suggest-widget .monaco-list-row, .view-lines')

	await step('the item accepted', 'fenix.follows = "pins/fenix";', async () => {
		await page.keyboard.type('fen')
		await page.locator('.suggest-widget.visible .monaco-list-row.focused', { hasText: 'fenix' }).waitFor()
		await page.keyboard.press('Tab')
		await line('fenix.follows = "pins/fenix"').waitFor()
		await page.keyboard.type('";')
		await line('fenix.follows = "pins/fenix";').waitFor()
	}, '.suggest-widget .monaco-list-row, .view-lines')

	await step('the code action', 'Follow pins/nixpkgs in the menu', async () => {
		await goToLine(lineOf('nixpkgs.url = '))
		await page.keyboard.press('Home')
		await page.locator('.lightBulbWidget, .codicon-gutter-lightbulb, .codicon-gutter-lightbulb-auto-fix').first().waitFor()
		// The first key can be lost while the bulb is being drawn.
		const action = page.locator('.action-widget .monaco-list-row.action', { hasText: 'Follow pins/nixpkgs' }).first()
		for (let attempt = 0; ; attempt++) {
			await page.keyboard.press('Control+.')
			try {
				await action.waitFor({ timeout: 4000 })
				break
			} catch (error) {
				if (attempt === 9) throw error
			}
		}
	}, '.action-widget .monaco-list-row, .view-lines')

	await step('the action applied', 'nixpkgs.follows = "pins/nixpkgs"; and no finding on it', async () => {
		await page.locator('.action-widget .monaco-list-row.action', { hasText: 'Follow pins/nixpkgs' }).first().click()
		await line('nixpkgs.follows = "pins/nixpkgs";').first().waitFor()
	}, '.action-widget .monaco-list-row, .view-lines')

	await step('the file saved', 'no unsaved change, and the text that was meant on the disk', async () => {
		await page.locator('.monaco-editor.focused').waitFor()
		await page.keyboard.press('Control+S')
		await page.locator('.tabs-container .tab.active:not(.dirty)').waitFor()
		// The tab may be clean a moment before the file is written.
		const meant = readFileSync(want, 'utf8')
		const deadline = Date.now() + 10_000
		while (readFileSync(leaf, 'utf8') !== meant) {
			if (Date.now() > deadline) throw new Error(`on the disk is:\n${readFileSync(leaf, 'utf8')}`)
			await page.evaluate(() => new Promise(requestAnimationFrame))
		}
	}, '.tabs-container .tab, .view-lines')

	await step('what was found in pins while it was edited', 'no stale-lock among the first problems, though nobody looks at pins any more', async () => {
		await openFile('home/flake.nix')
		await page.locator('.markers-panel .monaco-list-row', { hasText: 'dead-override' }).first().waitFor()
		await page.locator('.markers-panel .monaco-list-row', { hasText: 'stale-lock' }).waitFor({ state: 'detached' })
	}, '.markers-panel .monaco-list-row')

	await step('a rewrite that cannot be made', 'Make fenix explicit in the menu Refactor…, disabled, once it is asked for', async () => {
		await line('fenix.follows = "pins/fenx";').first().click()
		const footer = page.locator('.action-widget').getByText('Show Disabled')
		for (let attempt = 0; ; attempt++) {
			await page.keyboard.press('Control+Shift+R')
			try {
				await footer.waitFor({ timeout: 4000 })
				break
			} catch (error) {
				if (attempt === 9) throw error
			}
		}
		await footer.click()
		await page.locator('.action-widget .monaco-list-row.option-disabled', { hasText: 'Make fenix explicit' }).first().waitFor()
		await shot('refused')
		await page.keyboard.press('Escape')
	}, '.action-widget, .view-lines')

	await step('the hover in a lock', 'who brings the node crane in', async () => {
		await openFile('blog/flake.lock')
		await page.locator('.statusbar-item', { hasText: 'JSON' }).waitFor()
		await line('"crane": {').first().click()
		await page.keyboard.press('Home')
		await page.keyboard.press('ArrowRight')
		await page.keyboard.press('Control+K')
		await page.keyboard.press('Control+I')
		await page.locator('.monaco-hover', { hasText: 'Brought in by' }).first().waitFor()
	}, '.monaco-hover, .view-lines')

	await step('the definition in a lock', 'crane.url in pins/flake.nix', async () => {
		await page.keyboard.press('Escape')
		await page.keyboard.press('F12')
		await line('crane.url = ').first().waitFor()
		await page.locator('.tabs-container .tab.active', { hasText: 'flake.nix' }).waitFor()
	}, '.tabs-container .tab, .view-lines')
	await step('the tooltip of an inlay hint', 'the day, the source and the page of what crane of blog ends at', async () => {
		writeFileSync(machineSettings, JSON.stringify({ 'nixPins.server.path': server, 'nixPins.commands.nix': nix, 'editor.inlayHints.enabled': 'on' }))
		await openFile('blog/flake.nix')
		// A blank before it is a hint of its own.
		const hint = page.locator('.view-lines .view-line span', { hasText: /^→.crane@bb1afc1ebb.\(2026-11-07\)$/ }).last()
		const pageOfCrane = page.locator('.monaco-hover', { hasText: 'crane@bb1afc1ebb (2026-11-07)' })
			.getByText('https://github.com/ipetkov/crane/tree/bb1afc1ebb').first()
		// While hints are drawn anew, as the settings just written make it do, the workbench takes the
		// pointer to be on the text before the hint. A person moves it again.
		for (let attempt = 0; ; attempt++) {
			await hint.hover()
			try {
				await pageOfCrane.waitFor({ timeout: 4000 })
				break
			} catch (error) {
				if (attempt === 9) throw error
			}
			await page.keyboard.press('Escape')
			await line('description = ').first().hover()
		}
	}, '.monaco-hover, .view-lines')

	await step('a command of the palette', "the server's refusal of an input that could be an option", async () => {
		await page.keyboard.press('F1')
		await page.locator('.quick-input-widget input').waitFor()
		await page.keyboard.type('Nix pins: Update an input')
		await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Nix pins: Update an input' }).first().waitFor()
		await page.keyboard.press('Enter')
		await page.locator('.quick-input-widget', { hasText: 'Which input?' }).waitFor()
		await page.keyboard.type('--commit-lock-file')
		await page.keyboard.press('Enter')
		await page.locator('.notification-toast', { hasText: '"--commit-lock-file" is no path to an input' }).waitFor()
	}, '.quick-input-widget, .notification-toast')

	await step('nix by a command', 'what is locked told in a message, and in the lock', async () => {
		await page.locator('.notification-toast').first().hover()
		await page.locator('.notification-toast .codicon-notifications-clear').first().click()
		await page.keyboard.press('F1')
		await page.locator('.quick-input-widget input').waitFor()
		await page.keyboard.type('Nix pins: Lock the inputs')
		await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Nix pins: Lock the inputs' }).first().waitFor()
		await page.keyboard.press('Enter')
		await page.locator('.notification-toast', { hasText: 'locked by the test' }).waitFor()
	}, '.quick-input-widget, .notification-toast')
} catch (error) {
	console.error(error instanceof Failed ? error.message : error)
	process.exitCode = 1
} finally {
	await browser.close()
}
