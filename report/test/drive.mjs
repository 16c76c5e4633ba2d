// Drives the pages in Chromium. Run as: node drive.mjs FOLDER SCREENSHOTS
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, screenshots] = process.argv.slice(2)
const require = createRequire(join(process.env.NIX_PINS_TOOLS, 'vscode/package.json'))
const { chromium } = require('playwright-core')

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM,
	args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let passed = 0
let failed = 0

function expect(what, seen, expected) {
	if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error(`${what}\n  expected: ${JSON.stringify(expected)}\n  seen:     ${JSON.stringify(seen)}`)
}

// test opens a page and runs one test on it. Whatever the test is about, no page may have an error or ask for anything.
async function test(name, size, options, run) {
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
	const page = await context.newPage()
	page.setDefaultTimeout(20_000)
	const wrong = []
	const address = pathToFileURL(join(folder, `${size}.html`)).href
	page.on('console', (message) => wrong.push(`console: ${message.text()}`))
	page.on('pageerror', (error) => wrong.push(`error: ${error}`))
	page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
	page.on('request', (request) => { if (request.url() !== address) wrong.push(`request: ${request.url()}`) })
	try {
		await page.addInitScript(() => { globalThis.hacked = () => { globalThis.wasHacked = true } })
		await page.goto(address)
		await run(page, wrong)
		if (options.javaScriptEnabled !== false) expect('a name was run', await page.evaluate(() => globalThis.wasHacked ?? false), false)
		expect('errors and requests', wrong, [])
		passed++
		console.log(`ok: ${name}`)
	} catch (error) {
		failed++
		console.log(`FAIL: ${name}\n  ${error.message}`)
	}
	await page.screenshot({ path: join(screenshots, `${name.replaceAll(/[^a-z0-9]+/g, '-')}.png`) })
	await context.close()
}

// column gives the texts of a column of the rows that are shown.
const column = (page, table, index) => page.locator(`${table} tbody tr:not([hidden])`).evaluateAll((rows, i) => rows.map((row) => row.cells[i].textContent), index)
const header = (page, table, text) => page.locator(`${table} thead th`, { hasText: text }).first()
const sortOf = (page, table) => page.locator(`${table} thead th[aria-sort]`).evaluateAll((headers) => headers.map((h) => `${h.textContent} ${h.getAttribute('aria-sort')}`))
// last is the number that a cell counts by.
const last = (text) => text === '' || text === '–' ? null : Number(text.replace('~', '').split(' ').pop())

// ordered says whether numbers are in order, with what is missing last.
function ordered(texts, sign) {
	const numbers = texts.map(last)
	const known = numbers.filter((n) => n !== null)
	return numbers.slice(0, known.length).every((n) => n !== null) && known.every((n, i) => i === 0 || sign * (n - known[i - 1]) >= 0) && known.length > 3
}

for (const size of ['small', 'large']) {
	await test(`sorting, ${size}`, size, {}, async (page) => {
		await header(page, '#matrix-table', 'behind').locator('button').click()
		expect('aria-sort', await sortOf(page, '#matrix-table'), ['behind descending'])
		expect('most behind first', ordered(await column(page, '#matrix-table', 1), -1), true)
		// By keyboard: the button has the focus; the same key turns the order round.
		await page.keyboard.press('Enter')
		expect('aria-sort', await sortOf(page, '#matrix-table'), ['behind ascending'])
		expect('least behind first', ordered(await column(page, '#matrix-table', 1), 1), true)
		const nixpkgs = header(page, '#matrix-table', 'nixos/nixpkgs')
		const index = await nixpkgs.evaluate((h) => h.cellIndex)
		await nixpkgs.locator('button').focus()
		await page.keyboard.press('Space')
		expect('aria-sort', await sortOf(page, '#matrix-table'), ['nixos/nixpkgs descending'])
		expect('oldest nixpkgs first', ordered(await column(page, '#matrix-table', index), -1), true)
		await header(page, '#sources-table', 'flakes').locator('button').click()
		expect('sources by flakes', ordered(await column(page, '#sources-table', 2), -1), true)
	})
	await test(`searching, ${size}`, size, {}, async (page) => {
		const total = await page.locator('#matrix-table tbody tr').count()
		await page.locator('#find-flake').fill('LEAF-1')
		const names = await column(page, '#matrix-table', 0)
		expect('only names with the word', names.every((name) => name.includes('leaf-1')) && names.length > 1 && names.length < total, true)
		await page.locator('#find-source').fill('nixpkgs')
		expect('one source', await page.locator('#matrix-table thead th.source:not([hidden])').allInnerTexts(), ['nixos/nixpkgs'])
		expect('cells of it', await page.locator('#matrix-table tbody tr:not([hidden])').first().locator('td:not([hidden])').count(), 4)
		expect('the count', (await page.locator('#shown').innerText()).startsWith(`${names.length} of ${total} flakes, 1 of `), true)
		await page.locator('#find-flake').fill('')
		await page.locator('#only-old').check()
		const sets = await column(page, '#matrix-table', 3)
		expect('nobody with the newest set', (await column(page, '#matrix-table', 1)).filter((text, i) => text === '0' && !sets[i].endsWith(' own')), [])
		expect('fewer than all', (await column(page, '#matrix-table', 1)).length < total, true)
		await page.locator('[data-filters=sources-table]').fill('nixpkgs github')
		expect('one source in the list', (await column(page, '#sources-table', 1)).length, 1)
	})
}

await test('hostile names', 'small', {}, async (page, wrong) => {
	const names = await column(page, '#matrix-table', 0)
	for (const name of ['<img src=x onerror=hacked()>', '"><script>hacked()</script>', '</script><script>hacked()</script>', "' onmouseover='hacked()", '<!--', '{{.Policy}}']) {
		if (!names.includes(name)) throw new Error(`no row is called ${name}: ${JSON.stringify(names)}`)
	}
	expect('no element of a name', await page.locator('img, b:not(p b):not(li b)').count(), 0)
	// The policy holds: what would be put in does not run.
	const blocked = await page.evaluate(() => new Promise((resolve) => {
		document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true })
		const image = document.createElement('img')
		image.src = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='
		document.body.append(image)
	}))
	expect('what the policy forbids', blocked, 'img-src')
	expect('what Chromium says of it', wrong.splice(0).map((text) => text.includes('Content Security Policy')), [true])
})

await test('a cell tells what it holds', 'small', {}, async (page) => {
	const cell = page.locator('#matrix-table tbody td.many').first()
	await cell.hover()
	const text = await page.locator('#told').innerText()
	if (!/holds github\.com\/nixos\/nixpkgs at [0-9a-f]{10} of 2026-\d\d-\d\d .* and [0-9a-f]{10} of /.test(text)) throw new Error(`below the table stands ${JSON.stringify(text)}`)
})

await test('what is cut is said', 'large', {}, async (page) => {
	const text = await page.locator('#cut').innerText()
	for (const part of ['Shown are 1,000 of 1,100 flakes', 'Shown are 50 of 60 sources']) if (!text.includes(part)) throw new Error(`no ${part} in ${text}`)
	expect('rows', await page.locator('#matrix-table tbody tr').count(), 1000)
	expect('columns', await page.locator('#matrix-table thead th.source').count(), 50)
})

await test('without scripts', 'small', { javaScriptEnabled: false }, async (page) => {
	expect('rows', await page.locator('#matrix-table tbody tr').count(), 14)
	expect('tools', await page.locator('.tools').first().isVisible(), false)
})

await test('names of what is there', 'small', {}, async (page) => {
	const unnamed = await page.evaluate(() => ({
		inputs: [...document.querySelectorAll('input')].filter((i) => !i.labels.length).length,
		headers: [...document.querySelectorAll('th')].filter((h) => !h.scope).length,
		regions: [...document.querySelectorAll('[role=region]')].filter((r) => !r.ariaLabel && !document.getElementById(r.getAttribute('aria-labelledby'))).length,
		colourOnly: [...document.querySelectorAll('td[class^=v]')].filter((c) => c.textContent.trim() === '').length,
	}))
	expect('without a name, or with a colour alone', unnamed, { inputs: 0, headers: 0, regions: 0, colourOnly: 0 })
})

// contrasts gives the texts that are hard to read: WCAG 2 asks for 4.5.
const contrasts = (page) => page.evaluate(() => {
	const channels = (colour) => colour.match(/[\d.]+/g).map(Number)
	const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
	const ground = (element) => {
		for (; element; element = element.parentElement) {
			const colour = channels(getComputedStyle(element).backgroundColor)
			if (colour.length === 3 || colour[3] === 1) return colour
		}
		return [255, 255, 255]
	}
	const bad = new Map()
	let judged = 0
	for (const element of document.querySelectorAll('body *')) {
		if (![...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !element.checkVisibility() || element.matches('script')) continue
		const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x)
		judged++
		const ratio = (a + 0.05) / (b + 0.05)
		if (ratio < 4.5) bad.set(`${element.tagName}.${element.className}`, ratio.toFixed(2))
	}
	if (judged < 100) bad.set('judged', judged)
	return [...bad]
})
for (const colorScheme of ['light', 'dark']) {
	await test(`contrast, ${colorScheme}`, 'small', { colorScheme }, async (page) => {
		expect('hard to read', await contrasts(page), [])
		const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number)[0] < 128)
		expect('a dark page', ground, colorScheme === 'dark')
	})
}

for (const width of [390, 320]) {
	await test(`phone, ${width} wide`, 'small', { viewport: { width, height: 800 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }, async (page) => {
		expect('the width of the page', await page.evaluate(() => document.documentElement.scrollWidth), width)
		const inner = await page.locator('.matrix').evaluate((e) => e.scrollWidth > e.clientWidth)
		expect('the matrix scrolls by itself', inner, true)
		await page.locator('#matrix').scrollIntoViewIfNeeded()
	})
}

await test('paper', 'large', { viewport: { width: 1047, height: 718 }, colorScheme: 'dark' }, async (page) => {
	await page.emulateMedia({ media: 'print' })
	const seen = await page.evaluate(() => ({
		fits: document.documentElement.scrollWidth <= innerWidth,
		clipped: [...document.querySelectorAll('.scroller')].filter((s) => getComputedStyle(s).overflow !== 'visible').length,
		ground: getComputedStyle(document.body).backgroundColor,
		tools: [...document.querySelectorAll('.tools, nav')].filter((t) => t.checkVisibility()).length,
	}))
	expect('on a sheet of A4', seen, { fits: true, clipped: 0, ground: 'rgb(255, 255, 255)', tools: 0 })
	expect('hard to read', await contrasts(page), [])
	await page.locator('#matrix').scrollIntoViewIfNeeded()
})

await browser.close()
expect('the pages name nothing elsewhere', ['small', 'large'].map((size) => /(?:src|href)="(?!#)/.test(readFileSync(join(folder, `${size}.html`), 'utf8'))), [false, false])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
