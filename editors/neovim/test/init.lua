-- What docs/editors/neovim.md tells a person to write, and no more.
vim.lsp.enable('nix_pins')

vim.o.completeopt = 'menuone,noinsert'
vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    vim.lsp.completion.enable(true, event.data.client_id, event.buf, { autotrigger = true })
  end,
})
