-- Drives a running Neovim from another one: keys go in as typed, what is asked are its own answers.
-- Run as: nvim -l drive.lua SOCKET LEAF OTHER_FILE
local socket, leaf, other = unpack(arg)

local function fail(what, expected, seen)
  io.stderr:write(('FAIL: %s\n  expected: %s\n  seen:     %s\n'):format(what, expected, vim.inspect(seen)))
  os.exit(1)
end

local editor
if not vim.wait(10000, function()
  local ok, channel = pcall(vim.fn.sockconnect, 'pipe', socket, { rpc = true })
  editor = ok and channel ~= 0 and channel or nil
  return editor ~= nil
end, 20) then
  fail('Neovim at its socket', socket, 'nothing listens')
end

local function lua(code, ...)
  return vim.rpcrequest(editor, 'nvim_exec_lua', code, { ... })
end
local function keys(typed)
  vim.rpcrequest(editor, 'nvim_input', typed)
end

-- Waits until the code, run in the editor, gives something true; asks `seen` for the report if it never does.
local function await(what, expected, code, seen, ...)
  local args, value = { ... }, nil
  if not vim.wait(10000, function()
    value = lua(code, unpack(args))
    return value ~= nil and value ~= vim.NIL and value ~= false
  end, 20) then
    fail(what, expected, lua('return ' .. seen))
  end
  return value
end

lua('vim.cmd.edit(...)', leaf .. '/flake.nix')
local root = await('the client', 'nix_pins attached', [[
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'nix_pins' })[1]
  return client and client.initialized and client.root_dir]], 'vim.lsp.get_clients()')
if root ~= vim.fs.dirname(leaf) then
  fail('the root', vim.fs.dirname(leaf) .. ' (where .nix-pins.toml is)', root)
end

-- 1. The diagnostic, on the line of nixpkgs.
local findings = [[vim.tbl_map(function(d)
  return { line = vim.api.nvim_buf_get_lines(0, d.lnum, d.lnum + 1, false)[1], code = d.code, severity = d.severity, message = d.message }
end, vim.diagnostic.get(0))]]
await('a diagnostic', 'raw-url as Information on nixpkgs.url', [[
  for _, d in ipairs(]] .. findings .. [[) do
    if d.code == 'raw-url' and d.line:find('nixpkgs.url = ', 1, true) and d.severity == vim.diagnostic.severity.INFO then return true end
  end]], findings)

-- An edit of pins changes what is found in the open leaf, which nobody touches; and pins tells who loses an input by it.
local offered = [[
  for _, d in ipairs(vim.diagnostic.get(vim.fn.bufnr('/web/flake.nix'))) do
    if d.code == 'raw-url' and d.message:find('^`nixpkgs` ') then return not _G.gone end
  end
  return _G.gone]]
lua([[vim.cmd.split(...)]], vim.fs.dirname(leaf) .. '/pins/flake.nix')
await('the client in pins', 'nix_pins attached', [[return #vim.lsp.get_clients({ bufnr = 0, name = 'nix_pins' }) == 1]], 'vim.lsp.get_clients()')
local before = vim.fn.readfile(vim.fs.dirname(leaf) .. '/pins/flake.nix')
lua([[_G.gone = true; vim.cmd('%s/nixpkgs\\.url/other.url/ | %s/NixOS\\/nixpkgs/acme\\/other/i')]])
await('the leaf after an edit of pins', 'no raw-url on nixpkgs', offered, "vim.diagnostic.get(vim.fn.bufnr('/web/flake.nix'))")
await('pins after an edit of it', 'who follows nixpkgs', [[
  return vim.iter(vim.diagnostic.get(0)):any(function(d) return d.code == 'dropped-input' and d.message:find('`nixpkgs` .* leaves follow it: .*`blog`') end)]], findings)
lua([[_G.gone = false; vim.cmd('edit!')]])
await('the leaf after that was undone', 'raw-url on nixpkgs again', offered, "vim.diagnostic.get(vim.fn.bufnr('/web/flake.nix'))")
lua([[_G.gone = true; vim.cmd('%s/nixpkgs\\.url/other.url/ | %s/NixOS\\/nixpkgs/acme\\/other/i | write | bwipeout')]])
await('the leaf after pins was saved and closed', 'no raw-url on nixpkgs', offered, "vim.diagnostic.get(vim.fn.bufnr('/web/flake.nix'))")
lua([[_G.gone = false]])
vim.fn.writefile(before, vim.fs.dirname(leaf) .. '/pins/flake.nix')
await('the leaf after another program wrote pins', 'raw-url on nixpkgs again', offered, "vim.diagnostic.get(vim.fn.bufnr('/web/flake.nix'))")

-- 2. Completion, typed key by key.
local popup = [[{ mode = vim.fn.mode(), line = vim.api.nvim_get_current_line(), words = vim.tbl_map(function(i) return i.word end, vim.fn.complete_info({ 'items' }).items) }]]
keys('/^ *crane.url<CR>')
keys('ofenix.follows = "pins/')
await('completion after "pins/', 'a popup with pins/fenix', [[
  if vim.fn.pumvisible() == 0 then return false end
  for _, item in ipairs(vim.fn.complete_info({ 'items' }).items) do
    if item.abbr:find('fenix', 1, true) then return true end
  end]], popup)
keys('fen')
await('the popup narrowed by "fen"', 'fenix selected', [[
  local info = vim.fn.complete_info({ 'items', 'selected' })
  local item = info.items[info.selected + 1]
  return vim.fn.pumvisible() == 1 and vim.api.nvim_get_current_line():find('pins/fen', 1, true) and item and item.abbr:find('fenix', 1, true)]], popup)
keys('<C-y>')
await('the accepted item', '    fenix.follows = "pins/fenix', [[return vim.api.nvim_get_current_line() == '    fenix.follows = "pins/fenix']], popup)
keys('";<Esc>')
await('the line', '    fenix.follows = "pins/fenix";',
  [[return vim.fn.mode() == 'n' and vim.api.nvim_get_current_line() == '    fenix.follows = "pins/fenix";']], popup)

-- What cannot be done now is in the list, and says why when it is chosen.
lua([[
  _G.told, _G.choice = {}, nil
  _G.before_select, _G.before_notify = vim.ui.select, vim.notify
  vim.notify = function(text) table.insert(_G.told, text) end
  vim.ui.select = function(items, options, choose)
    for i, item in ipairs(items) do
      local title = options.format_item(item)
      if title:find('(disabled)', 1, true) then
        _G.choice = title
        return choose(item, i)
      end
    end
    choose(nil)
  end
  local line = vim.fn.line('.')
  vim.api.nvim_buf_set_lines(0, line, line, true, { '    x = ;' })
  vim.lsp.buf.code_action()]]) -- as `gra` does
await('a rewrite in a broken text', 'disabled, with the syntax error as the reason', [[
  return _G.choice and _G.choice:find('^Make fenix explicit') and table.concat(_G.told, '\n'):find("the file has a syntax error: unexpected ';'", 1, true)]],
  '{ choice = _G.choice, told = _G.told }')
lua([[vim.ui.select, vim.notify = _G.before_select, _G.before_notify; vim.cmd('silent undo')]])

-- 3. The code action. The diagnostics must be of the text as it is now.
keys('/^ *nixpkgs.url<CR>')
await('the cursor', 'on nixpkgs.url', [[return vim.api.nvim_get_current_line():find('nixpkgs.url', 1, true)]], 'vim.api.nvim_get_current_line()')
await('the diagnostic after typing', 'raw-url on the line of the cursor', [[
  return vim.iter(vim.diagnostic.get(0, { lnum = vim.fn.line('.') - 1 })):any(function(d) return d.code == 'raw-url' end)]], findings)
lua([[
  _G.titles = {}
  vim.lsp.buf.code_action({ apply = true, filter = function(action)
    table.insert(_G.titles, action.title)
    return action.title == 'Follow pins/nixpkgs'
  end })]])
await('the code action "Follow pins/nixpkgs"', '    nixpkgs.follows = "pins/nixpkgs";',
  [[return vim.api.nvim_get_current_line() == '    nixpkgs.follows = "pins/nixpkgs";']],
  '{ line = vim.api.nvim_get_current_line(), titles = _G.titles }')
await('the diagnostics after the action', 'no raw-url on nixpkgs', [[
  return not vim.iter(]] .. findings .. [[):any(function(d) return d.code == 'raw-url' and d.line:find('nixpkgs', 1, true) end)]], findings)

-- 4. Saved.
keys(':write<CR>')
await('saving', 'an unmodified buffer', 'return not vim.bo.modified', 'vim.fn.execute("messages")')

-- 5. A lock: the same server, the hover on a node, its declaration in pins, and the outline.
lua('vim.cmd.edit(...)', vim.fs.dirname(leaf) .. '/blog/flake.lock')
await('the client in flake.lock', 'nix_pins attached, for JSON', [[
  return vim.bo.filetype == 'json' and #vim.lsp.get_clients({ bufnr = 0, name = 'nix_pins' }) == 1]],
  '{ vim.bo.filetype, #vim.lsp.get_clients({ bufnr = 0 }), #vim.lsp.get_clients() }')
local float = [[(function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
    end
  end
end)()]]
keys('gg/"crane": {<CR>l')
keys('K')
await('the hover on the node crane', 'a window that says who brings it in', [[
  local text = ]] .. float .. [[

  return text and text:find('bb1afc1ebb', 1, true) and text:find('pins/crane', 1, true) and text:find('Followed by', 1, true)]], float)
keys('<C-]>')
await('the declaration of the node crane', 'pins/flake.nix, at crane', [[
  return vim.api.nvim_buf_get_name(0):find('/pins/flake.nix', 1, true) and vim.api.nvim_get_current_line():find('^ *crane')]],
  '{ vim.api.nvim_buf_get_name(0), vim.api.nvim_get_current_line() }')
keys('<C-o>')
await('the way back', 'flake.lock', [[return vim.api.nvim_buf_get_name(0):find('/blog/flake.lock', 1, true)]], 'vim.api.nvim_buf_get_name(0)')
keys('gO')
await('the outline', 'crane, pins and root', [[
  local seen = {}
  for _, item in ipairs(vim.fn.getloclist(0)) do
    for _, name in ipairs({ 'crane', 'pins', 'root' }) do
      if item.text:find(name, 1, true) then seen[name] = true end
    end
  end
  return seen.crane and seen.pins and seen.root]], 'vim.fn.getloclist(0)')
keys(':lclose<CR>')
await('the outline closed', 'one window', 'return #vim.api.nvim_list_wins() == 1', '#vim.api.nvim_list_wins()')

-- The same on an input of a flake.nix: what it follows, and where that ends.
lua('vim.cmd.edit(...)', vim.fs.dirname(leaf) .. '/blog/flake.nix')
await('the client in flake.nix', 'nix_pins attached', [[return #vim.lsp.get_clients({ bufnr = 0, name = 'nix_pins' }) == 1]], '#vim.lsp.get_clients()')
keys('gg/crane.follows<CR>')
keys('K')
await('the hover on the input crane', 'a window with the locked rev', [[
  local text = ]] .. float .. [[

  return text and text:find('bb1afc1ebb', 1, true) and text:find('pins/crane', 1, true)]], float)
keys('0grh')
await('what the inlay hint tells', 'a window with the day and the page of what is locked', [[
  local text = ]] .. float .. [[

  return text and text:find('crane@bb1afc1ebb (2026-11-07)', 1, true) and text:find('Page', 1, true)
    and text:find('https://github.com/ipetkov/crane/tree/bb1afc1ebb', 1, true)]], float)
keys('/crane.follows<CR>')
keys('<C-]>')
await('the end of the input crane', 'pins/flake.nix, at crane', [[
  return vim.api.nvim_buf_get_name(0):find('/pins/flake.nix', 1, true) and vim.api.nvim_get_current_line():find('^ *crane')]],
  '{ vim.api.nvim_buf_get_name(0), vim.api.nvim_get_current_line() }')

-- 6. The code lenses of pins, as they are drawn. Some leaves follow crane.
lua('vim.lsp.codelens.enable(true, { bufnr = 0 })')
local drawn = [[(function()
  local seen = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, -1, 0, -1, { details = true })) do
    local chunks = vim.list_extend({}, mark[4].virt_text or {})
    for _, line in ipairs(mark[4].virt_lines or {}) do vim.list_extend(chunks, line) end
    for _, chunk in ipairs(chunks) do
      table.insert(seen, vim.api.nvim_buf_get_lines(0, mark[2], mark[2] + 1, false)[1] .. ' <- ' .. chunk[1])
    end
  end
  return seen
end)()]]
await('the code lenses of pins', 'how many leaves follow crane and are behind', [[
  local text = table.concat(]] .. drawn .. [[, '\n')
  return text:find('crane[^\n]* <%- [^\n]*followed by %d+ lea') and text:find('inputs[^\n]* <%- [^\n]*leaves behind')]], drawn)

-- An edit of a leaf in a buffer that nobody looks at changes them; it is taken back.
local followed = [[(table.concat(]] .. drawn .. [[, '\n'):match('crane[^\n]* <%- followed by (%w+) leaf'))]]
local edit = [[
  local blog = vim.fn.bufnr('/blog/flake.nix')
  for i, line in ipairs(vim.api.nvim_buf_get_lines(blog, 0, -1, false)) do
    if line:find(select(1, ...), 1, true) then vim.api.nvim_buf_set_lines(blog, i - 1, i, true, { '    ' .. select(2, ...) }) end
  end]]
lua(edit, 'crane.follows = ', 'crane.url = "github:ipetkov/crane";')
await('the code lenses of pins after an edit of a leaf', 'no leaf on crane', 'return ' .. followed .. " == 'no'", drawn)
lua(edit, 'crane.url = ', 'crane.follows = "pins/crane";')
await('the code lenses of pins after that was taken back', 'one leaf on crane', 'return ' .. followed .. " == '1'", drawn)

-- 7. A rename in pins, which the leaves follow: in an open buffer, and in a file that was not.
keys('grn')
await('the prompt for the new name', 'crane in the command line', [[return vim.fn.mode() == 'c' and vim.fn.getcmdline() == 'crane']], '{ vim.fn.mode(), vim.fn.getcmdline() }')
keys('<C-u>kran<CR>')
await('the rename', 'kran in pins and in its leaves', [[
  local blog = vim.api.nvim_buf_get_lines(vim.fn.bufnr('/blog/flake.nix'), 0, -1, false)
  return vim.api.nvim_get_current_line() == '    kran.url = "github:ipetkov/crane";' and vim.list_contains(blog, '    crane.follows = "pins/kran";')]],
  '{ vim.api.nvim_get_current_line(), vim.fn.execute("messages") }')
keys(':wall<CR>')
await('saving what was renamed', 'kran in a leaf that was not open',
  [[return vim.list_contains(vim.fn.readfile(...), '    crane.follows = "pins/kran";')]], 'vim.fn.execute("messages")', vim.fs.dirname(leaf) .. '/tools/flake.nix')
-- Commands: one that the server refuses, and one that runs once the person says so.
lua('vim.cmd.edit(...)', vim.fs.dirname(leaf) .. '/blog/flake.nix')
lua([[_G.notified = {}; vim.notify = function(text) table.insert(_G.notified, text) end]])
keys(':NixPins updateInput --commit-lock-file<CR>')
await('the refusal of an option', 'is no path to an input', [[return table.concat(_G.notified, '\n'):find('"--commit-lock-file" is no path to an input', 1, true)]], '_G.notified')
lua([[vim.ui.select = function(items, options, choose)
  _G.question = options.prompt
  choose(items[1], 1)
end]])
keys(':NixPins lo<Tab><CR>')
await('the question', 'the command line and the folder', [[return _G.question and _G.question:find('flake lock` in ' .. vim.fs.dirname(vim.api.nvim_buf_get_name(0)) .. '?', 1, true)]], '_G.question')
await('the error of nix', 'nix: locked by the test', [[return table.concat(_G.notified, '\n'):find('nix: locked by the test', 1, true)]], '_G.notified')

-- Files that are no manifests are left to nil and nixd.
lua('vim.cmd.edit(...)', other)
local clients = lua([[return { vim.bo.filetype, #vim.lsp.get_clients({ bufnr = 0 }) }]])
if clients[1] ~= 'nix' or clients[2] ~= 0 then
  fail('package.nix', '{ "nix", 0 clients }', clients)
end

vim.rpcnotify(editor, 'nvim_command', 'qall!')
