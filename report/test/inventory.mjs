// Writes an inventory: small (14 leaves, some with hostile names) or large (more than a page shows).
// Run as: node inventory.mjs small|large now|before
const [size, when] = process.argv.slice(2)
const large = size === 'large'
const leaves = large ? 1100 : 14
const sources = large ? 60 : 8
const earlier = when === 'before'

const columns = ['schema_version', 'generated_at', 'kind', 'repo', 'folder', 'path', 'role', 'pins_input', 'pins_source', 'pins_folder', 'pins_rev', 'pins_date',
	'package_set', 'package_set_date', 'behind', 'own_set', 'input', 'depth', 'source', 'original', 'ref', 'version', 'rev', 'nar_hash', 'last_modified',
	'locked', 'flake', 'below_pins', 'declared', 'declared_source', 'follows']
const generated = earlier ? '2026-11-19T09:00:00Z' : '2026-11-26T09:00:00Z'
const write = (row) => console.log(JSON.stringify(Object.fromEntries(columns.map((c) => [c, { schema_version: 1, generated_at: generated, ...row }[c] ?? null]))))
const hex = (n, length) => n.toString(16).padStart(length, '0')
const day = (n) => new Date(Date.UTC(2026, 5, 1) + n * 86_400_000).toISOString().replace('.000', '')

const hostile = ['<img src=x onerror=hacked()>', '"><script>hacked()</script>', '</script><script>hacked()</script>', "' onmouseover='hacked()", '<!--', '\u202Egnirts', '{{.Policy}}',
	'a-name-that-is-so-long-that-no-phone-has-room-for-it-and-that-has-no-place-to-break-anywhere_'.repeat(2)]
const nameOf = (i) => large ? `leaf-${i}` : hostile[i] ?? `leaf-${i}`
const sets = 12

for (let s = sets - 1; s >= 0; s--) {
	write({ kind: 'commit', repo: 'github.com/acme/pins', folder: '', rev: hex(0xb000 + s, 40), last_modified: day(s * 7), package_set: hex(s, 16) })
}
for (let i = 0; i < leaves; i++) {
	if (earlier && i === 9) continue
	const set = Math.max(0, sets - 1 - i % 7 - (earlier && i % 3 === 0 ? 1 : 0))
	const own = i % 11 === 10
	const flake = {
		repo: `github.com/acme/${nameOf(i)}`, folder: '', path: nameOf(i), role: 'leaf', pins_input: 'pins', pins_source: 'github.com/acme/pins', pins_folder: '',
		pins_rev: hex(0xb000 + set, 40), pins_date: day(set * 7), package_set: own ? hex(0xffff0000 + i, 16) : hex(set, 16),
	}
	write({ kind: 'flake', ...flake })
	for (let s = 0; s < sources; s++) {
		if ((i * 7 + s) % 9 === 8) continue
		const source = s === 0 ? 'github.com/nixos/nixpkgs' : !large && s === 1 ? 'git.example/</script><b>' : `github.com/source/of-some-length-${s}`
		const input = s === 0 ? 'nixpkgs' : `input-${s}`
		const versions = s === 0 && i % 4 === 3 ? [set, Math.max(0, set - 4)] : [set]
		for (const [n, v] of versions.entries()) {
			const version = hex(0xa000 + s * 100 + v, 40)
			const path = n === 0 ? `pins/${input}` : `tool/${input}`
			write({ kind: 'source', ...flake, input: path, depth: 2, source, version, rev: version, last_modified: day(v * 7 - 2), below_pins: n === 0, flake: true })
		}
	}
	if (i % 2 === 0) write({ kind: 'unlocked', ...flake, input: 'shared', depth: 1, declared: 'github:numtide/shared', declared_source: 'github.com/numtide/shared', flake: true })
}
