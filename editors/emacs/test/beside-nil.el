;;; beside-nil.el --- Eglot with nil for other Nix files  -*- lexical-binding: t; -*-

;;; Commentary:
;; The first way of docs/editors/emacs.md to keep nil, and what settings Eglot then sends.
;; Run as: emacs -Q --batch -L CLIENT -l beside-nil.el LEAF, with a program called nil on PATH.

;;; Code:

(define-derived-mode nix-mode prog-mode "Nix" "Stands in for the real one.")
(add-to-list 'auto-mode-alist '("\\.nix\\'" . nix-mode))

;; As on the page.
(define-derived-mode my-flake-mode nix-mode "Flake")
(add-to-list 'auto-mode-alist '("/\\(?:flake\\|mana\\|entrypoint\\)\\.nix\\'" . my-flake-mode))
(require 'nix-pins)
(setq nix-pins-settings '(:pins (:inputs ["pins" "central"])))
(setq nix-pins-modes '(my-flake-mode nix-pins-lock-mode))
(nix-pins-setup)

(require 'eglot)

(let ((leaf (file-name-as-directory (pop command-line-args-left))))
  (pcase-dolist (`(,file . ,want)
                 '(("flake.nix" my-flake-mode "nix-pins-lsp" nix-pins)
                   ("flake.lock" nix-pins-lock-mode "nix-pins-lsp" nix-pins)
                   ("package.nix" nix-mode "nil" transient)))
    (find-file (expand-file-name file leaf))
    (pcase-let* ((`(_ ,project _ (,program . ,_) . _) (eglot--guess-contact))
                 (seen (list major-mode (file-name-nondirectory program) (car project))))
      (unless (equal seen want)
        (message "FAIL: %s\n  expected: %S\n  seen:     %S" file want seen)
        (kill-emacs 1)))))

(unless (equal (default-value 'eglot-workspace-configuration) '(:nixPins (:pins (:inputs ["pins" "central"]))))
  (message "FAIL: settings\n  seen: %S" (default-value 'eglot-workspace-configuration))
  (kill-emacs 1))

;;; beside-nil.el ends here
