'use strict'
// Without this script the page shows all that it has; with it, it can be sorted and searched.
for (const tools of document.querySelectorAll('.tools')) tools.hidden = false

// A cell sorts by its data-key, else by its last number, else by its text. What is empty comes last.
function keyOf(cell) {
	const text = (cell.dataset.key ?? cell.textContent).trim()
	if (text === '' || text === '–' || text === '-1' || text === '-') return null
	const number = /^[0-9]+(?: [0-9]+)*$/.test(text) ? Number(text.split(' ').pop()) : NaN
	return Number.isNaN(number) ? text : number
}

function compare(a, b) {
	if (typeof a === 'number' && typeof b === 'number') return a - b
	return String(a).localeCompare(String(b), 'en', { numeric: true })
}

function sortBy(table, header) {
	const column = header.cellIndex
	// The first order of a column of numbers is the one that shows the worst.
	const first = header.matches('.number, .source') ? 'descending' : 'ascending'
	const order = !header.hasAttribute('aria-sort') ? first : header.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending'
	for (const other of header.parentElement.cells) other.removeAttribute('aria-sort')
	header.setAttribute('aria-sort', order)
	const sign = order === 'ascending' ? 1 : -1
	const body = table.tBodies[0]
	const rows = Array.from(body.rows, (row, place) => ({ row, place, key: keyOf(row.cells[column]) }))
	rows.sort((a, b) => {
		if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place
		return sign * compare(a.key, b.key) || a.place - b.place
	})
	body.append(...rows.map((entry) => entry.row))
}

for (const table of document.querySelectorAll('table.sortable')) {
	for (const header of table.tHead.rows[0].cells) {
		if ('unsorted' in header.dataset) continue
		const button = document.createElement('button')
		button.type = 'button'
		button.append(...header.childNodes)
		header.append(button)
		button.addEventListener('click', () => sortBy(table, header))
	}
}

// A search finds rows that have all of its words.
function words(input) {
	return input.value.toLowerCase().split(/\s+/).filter(Boolean)
}

function has(text, all) {
	return all.every((word) => text.includes(word))
}

for (const input of document.querySelectorAll('input[data-filters]')) {
	const rows = Array.from(document.getElementById(input.dataset.filters).tBodies[0].rows, (row) => ({ row, text: row.textContent.toLowerCase() }))
	input.addEventListener('input', () => {
		const all = words(input)
		for (const { row, text } of rows) row.hidden = !has(text, all)
	})
}

const matrix = document.getElementById('matrix-table')
if (matrix) {
	const columns = JSON.parse(document.getElementById('columns').textContent) ?? []
	const header = matrix.tHead.rows[0]
	const fixed = header.cells.length - columns.length
	const rows = Array.from(matrix.tBodies[0].rows, (row) => ({
		row,
		text: Array.from({ length: fixed }, (_, i) => row.cells[i].textContent).join(' ').toLowerCase(),
		current: row.cells[1].dataset.key === '0' && !/\bown\b/.test(row.cells[3].textContent),
	}))
	const findFlake = document.getElementById('find-flake')
	const findSource = document.getElementById('find-source')
	const onlyOld = document.getElementById('only-old')
	const shown = document.getElementById('shown')
	const hiddenColumns = columns.map(() => false)

	function filterRows() {
		const all = words(findFlake)
		let count = 0
		for (const { row, text, current } of rows) {
			const hide = !has(text, all) || (onlyOld.checked && current)
			if (row.hidden !== hide) row.hidden = hide
			if (!hide) count++
		}
		tell(count)
	}

	function filterColumns() {
		const all = words(findSource)
		columns.forEach((column, i) => {
			const hide = !has(column.source.toLowerCase(), all)
			if (hide === hiddenColumns[i]) return
			hiddenColumns[i] = hide
			header.cells[fixed + i].hidden = hide
			for (const { row } of rows) row.cells[fixed + i].hidden = hide
		})
		tell(rows.filter(({ row }) => !row.hidden).length)
	}

	function tell(count) {
		shown.textContent = `${count} of ${rows.length} flakes, ${hiddenColumns.filter((hide) => !hide).length} of ${columns.length} sources`
	}

	findFlake.addEventListener('input', filterRows)
	onlyOld.addEventListener('change', filterRows)
	findSource.addEventListener('input', filterColumns)
	tell(rows.length)

	// What a cell holds is told below the table: a title on each of 50,000 cells would be most of the page.
	const told = document.getElementById('told')
	let last = null
	function say(event) {
		const cell = event.target.closest('td')
		const column = cell && columns[cell.cellIndex - fixed]
		if (!column || cell === last) return
		last?.classList.remove('told')
		last = cell
		cell.classList.add('told')
		const name = cell.parentElement.cells[0].textContent
		if (cell.textContent === '') {
			told.textContent = `${name} does not hold ${column.source}.`
			return
		}
		const versions = cell.textContent.split(' ').map((place) => {
			const v = column.versions[place]
			const others = v.flakes === 1 ? 'no other flake has it' : `${v.flakes} flakes have it`
			return `${v.version}${v.date === '-' ? '' : ` of ${v.date}`} (${place === '0' ? 'the newest in use, ' : ''}${others})`
		})
		told.textContent = `${name} holds ${column.source} at ${versions.join(' and ')}.`
	}
	matrix.addEventListener('pointerover', say)
	matrix.addEventListener('click', say)
}
