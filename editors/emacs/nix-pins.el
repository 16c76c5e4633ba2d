;;; nix-pins.el --- One version of everything in Nix flakes  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;; Author: The nix-pins-lsp authors
;; Maintainer: The nix-pins-lsp authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "29.1"))
;; Keywords: languages, tools
;; URL: https://github.com/nix-pins-lsp/nix-pins-lsp

;;; Commentary:

;; A thin client of the language server `nix-pins-lsp', for Eglot and for
;; lsp-mode.  The server shows flake inputs that should follow the central
;; flake "pins", completes `follows = "pins/…"' and offers the edit.
;;
;;   (require 'nix-pins)
;;   (nix-pins-setup)
;;
;; Then `M-x eglot' (or `M-x lsp') in a flake.nix.
;;
;; lsp-mode runs it beside nil or nixd.  Eglot runs one server for a major
;; mode: see `nix-pins-modes' and the page docs/editors/emacs.md for how to
;; keep nil or nixd for all other Nix files, or both servers at once.

;;; Code:

(require 'cl-lib)
(require 'project)
(require 'seq)
(require 'url-util)

(defgroup nix-pins nil
  "Keep a polyrepo of Nix flakes on one version of everything."
  :group 'languages
  :prefix "nix-pins-"
  :link '(url-link "https://github.com/nix-pins-lsp/nix-pins-lsp"))

(defcustom nix-pins-server-command '("nix-pins-lsp" "serve")
  "The program of the server and its arguments."
  :type '(repeat string)
  :risky t)

(defcustom nix-pins-modes '(nix-mode nix-ts-mode nix-pins-mode nix-pins-lock-mode)
  "The major modes for which Eglot starts the server.
Eglot has one server for a major mode.  To keep another one for
ordinary Nix files, name here a mode of your own that only
manifests have.  Takes effect when `nix-pins-setup' is called."
  :type '(repeat symbol))

(defcustom nix-pins-settings nil
  "The server's settings, a property list.
Its keys are the names below `nixPins' in the page of settings,
as keywords: (:pins (:inputs [\"pins\" \"central\"])).  A vector is
a JSON array, t is true and :json-false is false.  Takes effect
when `nix-pins-setup' is called, before the server starts."
  :type 'plist)

(defconst nix-pins--manifest-regexp
  (rx (or bos "/")
      (or "flake.nix" "flake.lock" "mana.nix" "entrypoint.nix" "lock.json" ".nix-pins.toml")
      eos)
  "Matches the names of the files that the server speaks of.")

;;;###autoload
(define-derived-mode nix-pins-mode prog-mode "Nix"
  "A major mode with no more than comments, for when there is no Nix mode.
With nix-mode or nix-ts-mode installed it is not used."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+ *")
  (modify-syntax-entry ?# "<" nix-pins-mode-syntax-table)
  (modify-syntax-entry ?\n ">" nix-pins-mode-syntax-table))

;;;###autoload
(define-derived-mode nix-pins-lock-mode js-json-mode "Flake lock"
  "A major mode for flake.lock.")

;; At the end of the list, so that any other mode for these files goes first.
;;;###autoload
(add-to-list 'auto-mode-alist '("\\.nix\\'" . nix-pins-mode) t)
;;;###autoload
(add-to-list 'auto-mode-alist '("/flake\\.lock\\'" . nix-pins-lock-mode) t)

;;;; The polyrepo as a project, for Eglot only

(defvar eglot-lsp-context)

(defun nix-pins--polyrepo (directory)
  "Return the outermost folder with a .nix-pins.toml around DIRECTORY.
Settings nest: those of a leaf do not end the polyrepo.  The home
and the top of the disk count only where nothing nearer has
settings, and nothing above the home does."
  (let ((home (expand-file-name "~/"))
        (next (expand-file-name (file-name-as-directory directory)))
        root)
    (while next
      (let* ((parent (file-name-directory (directory-file-name next)))
             (last (or (equal parent next) (file-equal-p next home)))
             (settings (expand-file-name ".nix-pins.toml" next)))
        (when (and (file-regular-p settings) (not (and last root)))
          (setq root next))
        (setq next (and (not last) parent))))
    root))

(defun nix-pins-project (directory)
  "Return the project of the polyrepo that DIRECTORY is part of.
That is the outermost folder with a .nix-pins.toml, so that one
server sees all of its repos.  Return nil unless Eglot asks, for
a buffer of a mode in `nix-pins-modes'."
  (when (and (bound-and-true-p eglot-lsp-context)
             (apply #'derived-mode-p nix-pins-modes))
    (when-let* ((root (nix-pins--polyrepo directory)))
      (cons 'nix-pins (file-name-as-directory (expand-file-name root))))))

(cl-defmethod project-root ((project (head nix-pins)))
  "Return the folder of PROJECT."
  (cdr project))

(cl-defmethod project-files ((project (head nix-pins)) &optional _directories)
  "Return the manifests of PROJECT.
Eglot watches the folders of a project's files, and only these
matter to the server."
  (directory-files-recursively
   (project-root project) nix-pins--manifest-regexp nil
   (lambda (directory)
     (let ((name (file-name-nondirectory directory)))
       (not (or (string-prefix-p "." name)
                (equal name "node_modules")
                (file-symlink-p directory)))))))

;;;; Eglot

(defvar eglot-server-programs)
(defvar eglot-workspace-configuration)

(defun nix-pins--eglot-contact (&rest _)
  "Return the contact of the server, in the form of Eglot."
  (append nix-pins-server-command
          (and nix-pins-settings
               (list :initializationOptions nix-pins-settings))))

(defun nix-pins--language-id (mode)
  "Return the language identifier of MODE in the protocol."
  (if (provided-mode-derived-p mode 'js-json-mode) "json" "nix"))

(defun nix-pins--setup-eglot ()
  "Make Eglot start the server for `nix-pins-modes'."
  (setf (alist-get (mapcar (lambda (mode)
                             (list mode :language-id (nix-pins--language-id mode)))
                           nix-pins-modes)
                   eglot-server-programs nil nil #'equal)
        #'nix-pins--eglot-contact)
  ;; A function or the older alist belongs to the user: then the settings go
  ;; to the server only as it starts.
  (let ((configuration (default-value 'eglot-workspace-configuration)))
    (when (and nix-pins-settings (plistp configuration))
      (setq-default eglot-workspace-configuration
                    (plist-put (copy-sequence configuration)
                               :nixPins nix-pins-settings)))))

;;;; Commands of the server

(declare-function eglot-current-server "eglot" ())
(declare-function jsonrpc-async-request "jsonrpc" (connection method params &rest args))

(defconst nix-pins--commands
  '("updateInput" "lock" "updatePins" "tryUpgrade" "pinRegistry"
    "checkForUpdates" "reindex" "openReport")
  "The names of the server's commands, without `nix-pins.'.")

;;;###autoload
(defun nix-pins-execute (command &optional input to)
  "Ask the server to run COMMAND, on the flake of the current buffer.
INPUT is the input that it is about, and TO the flake reference
to try, for the commands that take one.  What the server did, or
why it did not, is shown as a message."
  (interactive
   (let ((command (completing-read "Command: " nix-pins--commands nil t)))
     (list command
           (when (member command '("updateInput" "tryUpgrade"))
             (read-string "Input (such as pins/nixpkgs): "))
           (when (equal command "tryUpgrade")
             (read-string "Flake reference (empty for the newest): ")))))
  (let ((server (or (eglot-current-server)
                    (user-error "Eglot serves no nix-pins-lsp here")))
        (arguments
         (append
          (when (and buffer-file-name
                     (not (member command '("updatePins" "reindex" "openReport"))))
            (list :uri (concat "file://" (url-hexify-string
                                          (file-truename buffer-file-name)
                                          url-path-allowed-chars))))
          (unless (member input '(nil "")) (list :input input))
          (unless (member to '(nil "")) (list :to to)))))
    (jsonrpc-async-request
     server :workspace/executeCommand
     (list :command (concat "nix-pins." command)
           :arguments (vector (or arguments (make-hash-table))))
     :timeout nil
     :success-fn #'ignore
     :error-fn (lambda (failure)
                 (message "nix-pins: %s" (plist-get failure :message))))))

;;;; lsp-mode

(defvar lsp-language-id-configuration)
(declare-function lsp-register-client "lsp-mode" (client))
(declare-function lsp-stdio-connection "lsp-mode" (command &optional test-command))
(declare-function lsp-register-custom-settings "lsp-mode" (props))
(declare-function make-lsp-client "lsp-mode" (&rest slots))

(defun nix-pins--lsp-settings ()
  "Return `nix-pins-settings' as paths below nixPins, each with its value."
  (cl-loop for (key value) on nix-pins-settings by #'cddr
           collect (list (concat "nixPins." (substring (symbol-name key) 1)) value)))

(defun nix-pins--setup-lsp ()
  "Make lsp-mode start the server for manifests, beside other servers."
  (add-to-list 'lsp-language-id-configuration '(nix-pins-mode . "nix"))
  (add-to-list 'lsp-language-id-configuration '(nix-pins-lock-mode . "json"))
  (lsp-register-custom-settings (nix-pins--lsp-settings))
  (lsp-register-client
   (make-lsp-client
    :new-connection (lsp-stdio-connection (lambda () nix-pins-server-command))
    :activation-fn (lambda (file &optional _mode)
                     (string-match-p nix-pins--manifest-regexp file))
    :initialization-options (lambda () (or nix-pins-settings (make-hash-table)))
    :synchronize-sections '("nixPins")
    :server-id 'nix-pins
    :add-on? t)))

;;;###autoload
(defun nix-pins-setup ()
  "Register the server with Eglot and lsp-mode, whichever is in use.
Call it once in your init file, after setting the options."
  (add-hook 'project-find-functions #'nix-pins-project)
  (with-eval-after-load 'eglot (nix-pins--setup-eglot))
  (with-eval-after-load 'lsp-mode (nix-pins--setup-lsp)))

(provide 'nix-pins)

;;; nix-pins.el ends here
