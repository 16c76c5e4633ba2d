---@brief
---
--- https://github.com/nix-pins-lsp/nix-pins-lsp
---
--- `nix-pins-lsp` keeps a polyrepo of Nix flakes on one version of everything: it shows inputs that
--- should follow the central `pins` flake, completes `pins/…`, and offers the edit.
--- It serves beside nil or nixd in the same buffer.
---
--- The root is the outermost folder with a `.nix-pins.toml`, so that one server sees all repos of a
--- polyrepo; where there is none, the git repository, else the folder of the flake.

-- It speaks of these files only; Neovim gives them the file types nix, json and toml.
local manifests = {
  ['flake.nix'] = true,
  ['flake.lock'] = true,
  ['mana.nix'] = true,
  ['entrypoint.nix'] = true,
  ['lock.json'] = true,
  ['.nix-pins.toml'] = true,
}

-- Settings nest: those of a leaf do not end the polyrepo. The home and the top of the disk count only
-- where nothing nearer has settings, and nothing above the home does.
local function polyrepo(path)
  local home = vim.uv.os_homedir()
  local found = vim.fs.find('.nix-pins.toml', { upward = true, limit = math.huge, type = 'file', path = vim.fs.dirname(path), stop = home })
  for i = #found, 1, -1 do
    local folder = vim.fs.dirname(found[i])
    if folder ~= vim.fs.dirname(folder) or i == 1 then
      return folder
    end
  end
  if home and vim.fs.relpath(home, path) and vim.uv.fs_stat(vim.fs.joinpath(home, '.nix-pins.toml')) then
    return home
  end
end

---@type vim.lsp.Config
return {
  cmd = { 'nix-pins-lsp', 'serve' },
  filetypes = { 'nix', 'json', 'toml' },
  -- In the order of what counts more, however near the others are.
  root_markers = { '.nix-pins.toml', '.git', 'flake.nix', 'mana.nix' },
  root_dir = function(bufnr, on_dir)
    local path = vim.api.nvim_buf_get_name(bufnr)
    if not manifests[vim.fs.basename(path)] then
      return -- never called back: the server does not start for this buffer
    end
    for _, marker in ipairs(vim.lsp.config.nix_pins.root_markers) do
      local root = marker == '.nix-pins.toml' and polyrepo(path) or marker ~= '.nix-pins.toml' and vim.fs.root(bufnr, marker)
      if root then
        return on_dir(root)
      end
    end
    on_dir(vim.fs.dirname(path))
  end,
  settings = {
    nixPins = vim.empty_dict(),
  },
  handlers = {
    -- Neovim 0.12 then asks about the workspace, and keeps what it has of open buffers until they are edited themselves. An edit of
    -- pins changes what is found in them.
    ['workspace/diagnostic/refresh'] = function(err, result, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      for bufnr in pairs(client and client.attached_buffers or {}) do
        client:request('textDocument/diagnostic', {
          identifier = vim.tbl_get(client.server_capabilities, 'diagnosticProvider', 'identifier'),
          textDocument = vim.lsp.util.make_text_document_params(bufnr),
        }, nil, bufnr)
      end
      return vim.lsp.diagnostic.on_refresh and vim.lsp.diagnostic.on_refresh(err, result, context) or vim.NIL
    end,
  },
  -- :NixPins COMMAND [INPUT [TO]], on the flake of the buffer. See docs/commands.md.
  on_init = function(client)
    local prefix = 'nix-pins.'
    local names = {}
    for _, command in ipairs(vim.tbl_get(client.server_capabilities, 'executeCommandProvider', 'commands') or {}) do
      table.insert(names, (command:gsub('^' .. vim.pesc(prefix), '')))
    end
    vim.api.nvim_create_user_command('NixPins', function(options)
      local name, input, to = unpack(options.fargs)
      local here = vim.lsp.get_clients({ bufnr = 0, name = 'nix_pins' })[1]
      if not here then
        return vim.notify('nix_pins does not serve this buffer', vim.log.levels.ERROR)
      end
      local arguments = { uri = vim.uri_from_bufnr(0), input = input, to = to }
      if name == 'updatePins' or name == 'reindex' or name == 'openReport' then
        arguments = vim.empty_dict()
      end
      here:request('workspace/executeCommand', { command = prefix .. name, arguments = { arguments } }, function(err)
        if err and err.code ~= vim.lsp.protocol.ErrorCodes.RequestCancelled then
          vim.notify('nix_pins: ' .. err.message, vim.log.levels.ERROR)
        end
      end)
    end, {
      nargs = '+',
      force = true,
      complete = function(lead)
        return vim.tbl_filter(function(name)
          return vim.startswith(name, lead)
        end, names)
      end,
    })
  end,
  -- The same settings from the first moment on, not only when the server asks for them.
  before_init = function(params, config)
    params.initializationOptions = vim.tbl_extend('force', config.settings.nixPins, config.init_options or {})
  end,
}
