-- What docs/editors/neovim.md tells a person to write, and no more.
vim.lsp.enable('nix_pins')

vim.o.completeopt = 'menuone,noinsert'
vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    vim.lsp.completion.enable(true, event.data.client_id, event.buf, { autotrigger = true })
  end,
})

vim.lsp.inlay_hint.enable()
vim.keymap.set('n', 'grh', function()
  local line = vim.fn.line('.') - 1
  local range = { start = { line = line, character = 0 }, ['end'] = { line = line, character = math.huge } }
  for _, shown in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0, range = range })) do
    vim.lsp.get_client_by_id(shown.client_id):request('inlayHint/resolve', shown.inlay_hint, function(err, hint)
      if not err and hint.tooltip then
        local lines = vim.lsp.util.convert_input_to_markdown_lines(hint.tooltip)
        vim.lsp.util.open_floating_preview(lines, 'markdown', { focus_id = 'nix_pins.hint' })
      end
    end)
  end
end)
