---@brief
---
--- https://github.com/nix-pins-lsp/nix-pins-lsp
---
--- `nix-pins-lsp` keeps a polyrepo of Nix flakes on one version of everything: it shows inputs that
--- should follow the central `pins` flake, completes `pins/…`, and offers the edit.
--- It serves beside nil or nixd in the same buffer.
---
--- The root is the folder of the nearest `.nix-pins.toml`, so that one server sees all repos of a
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
      local root = vim.fs.root(bufnr, marker)
      if root then
        return on_dir(root)
      end
    end
    on_dir(vim.fs.dirname(path))
  end,
  settings = {
    nixPins = vim.empty_dict(),
  },
  -- The same settings from the first moment on, not only when the server asks for them.
  before_init = function(params, config)
    params.initializationOptions = config.settings.nixPins
  end,
}
