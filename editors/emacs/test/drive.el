;;; drive.el --- Drives the main job in real Emacs  -*- lexical-binding: t; -*-

;;; Commentary:
;; Run as: emacs -Q --batch -L CLIENT -l drive.el LEAF
;; In batch no idle timer fires: what Eglot does from one is called here by hand.

;;; Code:

(require 'nix-pins)
(require 'eglot)
(require 'flymake)

(defun drive-fail (what expected seen)
  "Say that at WHAT there was SEEN instead of EXPECTED, and end."
  (message "FAIL: %s\n  expected: %s\n  seen:     %S" what expected seen)
  (kill-emacs 1))

(defun drive-await (what expected condition seen)
  "Wait until CONDITION returns true; else fail at WHAT.
EXPECTED is text; SEEN is a function that returns what there was."
  (let ((deadline (+ (float-time) 10)) value)
    (while (and (not (setq value (funcall condition)))
                (< (float-time) deadline))
      ;; What is told of watched files is an event of the keyboard's kind.
      (read-event nil nil 0.01)
      (accept-process-output nil 0.01))
    (or value (drive-fail what expected (funcall seen)))))

(defun drive-line ()
  "Return the current line."
  (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

(defun drive-goto (text)
  "Go to the start of TEXT, which is in the buffer."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun drive-findings ()
  "Return (CODE TYPE LINE MESSAGE) of each finding that Flymake shows."
  (mapcar (lambda (diagnostic)
            (save-excursion
              (goto-char (flymake-diagnostic-beg diagnostic))
              (list (plist-get (alist-get 'eglot-lsp-diag (flymake-diagnostic-data diagnostic)) :code)
                    (flymake-diagnostic-type diagnostic)
                    (drive-line)
                    (flymake-diagnostic-text diagnostic))))
          (flymake-diagnostics)))

(defun drive-raw-url-p ()
  "Return the finding `raw-url' on nixpkgs, as an Information, if it is shown."
  (seq-find (lambda (finding)
              (and (equal (car finding) "raw-url")
                   (eq (nth 1 finding) 'eglot-note)
                   (string-search "nixpkgs.url = " (nth 2 finding))))
            (drive-findings)))

(defun drive-run (leaf)
  "Do the main job in the folder LEAF."
  (nix-pins-setup)
  (find-file (expand-file-name "flake.nix" leaf))
  (unless (eq major-mode 'nix-pins-mode)
    (drive-fail "the major mode" 'nix-pins-mode major-mode))
  (let ((eglot-sync-connect 10))
    (apply #'eglot (eglot--guess-contact)))
  (unless (eglot-managed-p)
    (drive-fail "Eglot" "a managed buffer" (eglot-current-server)))
  (let ((root (project-root (eglot--project (eglot-current-server))))
        (polyrepo (file-name-directory (directory-file-name leaf))))
    (unless (equal root polyrepo)
      (drive-fail "the root" (format "%s (where .nix-pins.toml is)" polyrepo) root)))

  ;; 1. The diagnostic, on the line of nixpkgs.
  (drive-await "a diagnostic" "raw-url as a note on nixpkgs.url" #'drive-raw-url-p #'drive-findings)

  ;; An edit of pins changes what is found in the open leaf, which nobody touches: while it is made, taken back, saved, and made by another
  ;; program.
  (let* ((here (current-buffer))
         (found (lambda () (with-current-buffer here (drive-raw-url-p))))
         (seen (lambda () (with-current-buffer here (drive-findings))))
         (file (expand-file-name "../pins/flake.nix" leaf))
         (pins (find-file-noselect file))
         (before (with-current-buffer pins (buffer-string)))
         (replace (lambda (from to)
                    (with-current-buffer pins
                      (drive-goto from)
                      (delete-char (length from))
                      (insert to)
                      (eglot--signal-textDocument/didChange)))))
    (unless (with-current-buffer pins (eglot-managed-p))
      (drive-fail "pins" "a managed buffer" (buffer-list)))
    (funcall replace "NixOS/nixpkgs/nixos-26.05" "acme/other")
    (drive-await "the leaf after an edit of pins" "no raw-url on nixpkgs" (lambda () (not (funcall found))) seen)
    (funcall replace "acme/other" "NixOS/nixpkgs/nixos-26.05")
    (drive-await "the leaf after that was taken back" "raw-url on nixpkgs" found seen)
    (funcall replace "NixOS/nixpkgs/nixos-26.05" "acme/other")
    (with-current-buffer pins
      (save-buffer)
      (kill-buffer))
    (drive-await "the leaf after pins was saved and closed" "no raw-url on nixpkgs" (lambda () (not (funcall found))) seen)
    (write-region before nil file nil 'quiet)
    (drive-await "the leaf after another program wrote pins" "raw-url on nixpkgs" found seen))

  ;; 2. Completion inside the quotes.
  (drive-goto "crane.url = ")
  (end-of-line)
  (insert "\n    fenix.follows = \"pins/fen\";")
  (backward-char 2)
  (eglot--signal-textDocument/didChange)
  (let ((candidates (pcase (run-hook-wrapped 'completion-at-point-functions #'completion--capf-wrapper 'all)
                      (`(,_ ,start ,end ,table . ,_)
                       (all-completions (buffer-substring start end) table)))))
    (unless (seq-find (lambda (candidate) (string-search "fenix" candidate)) candidates)
      (drive-fail "completion in \"pins/fen|\"" "fenix among the candidates" candidates)))
  (completion-at-point)
  (unless (equal (drive-line) "    fenix.follows = \"pins/fenix\";")
    ;; Eglot could not complete in place and lists the candidates: take the one.
    (save-window-excursion
      (pop-to-buffer "*Completions*")
      (first-completion)
      (choose-completion)))
  (unless (equal (drive-line) "    fenix.follows = \"pins/fenix\";")
    (drive-fail "the accepted candidate" "    fenix.follows = \"pins/fenix\";" (drive-line)))

  ;; 3. The code action, chosen by its title.
  (eglot--signal-textDocument/didChange)
  (drive-goto "\"github:nixos/nixpkgs")
  (drive-await "the diagnostic after typing" "raw-url on nixpkgs.url, where it is now"
               (lambda () (and (drive-raw-url-p) (flymake-diagnostics (point)))) #'drive-findings)
  (let* ((last-nonmenu-event ?\r) ; a key, not the mouse: else a menu pops up
         offered
         (completing-read-function
          (lambda (_prompt collection &rest _)
            (setq offered (all-completions "" collection))
            (if (member "Follow pins/nixpkgs" offered)
                "Follow pins/nixpkgs"
              (drive-fail "the code actions" "Follow pins/nixpkgs" offered)))))
    (call-interactively #'eglot-code-actions)
    (beginning-of-line)
    (drive-await "the text after \"Follow pins/nixpkgs\"" "    nixpkgs.follows = \"pins/nixpkgs\";"
                 (lambda () (equal (drive-line) "    nixpkgs.follows = \"pins/nixpkgs\";"))
                 (lambda () (list (drive-line) offered))))
  (eglot--signal-textDocument/didChange)
  (drive-await "the diagnostics after the action" "no raw-url on nixpkgs"
               (lambda ()
                 (not (seq-find (lambda (finding)
                                  ;; That flake.lock has to follow is another finding.
                                  (and (equal (nth 0 finding) "raw-url")
                                       (string-search "nixpkgs.follows = \"pins" (nth 2 finding))))
                                (drive-findings))))
               #'drive-findings)

  ;; 4. Saved.
  (save-buffer)

  ;; Eglot draws no code lenses: what they do is offered as actions.
  (drive-goto "crane.url = ")
  (let* ((last-nonmenu-event ?\r)
         (offered (catch 'offered
                    (let ((completing-read-function
                           (lambda (_prompt collection &rest _)
                             (throw 'offered (all-completions "" collection)))))
                      (call-interactively #'eglot-code-actions)))))
    (unless (member "Update crane" offered)
      (drive-fail "the code actions on an input" "Update crane" offered)))

  ;; The input in every flake of the workspace.
  (let ((places (mapcar (lambda (item) (xref-location-group (xref-item-location item)))
                        (xref-backend-apropos 'eglot "crane"))))
    (unless (and (seq-find (lambda (place) (string-search "pins/flake.nix" place)) places)
                 (seq-find (lambda (place) (string-search "blog/flake.nix" place)) places))
      (drive-fail "crane in the workspace" "in pins and in blog" places)))

  ;; 5. A lock: the same server, the hover on a node, and its declaration in pins.
  (find-file (expand-file-name "../blog/flake.lock" leaf))
  (unless (and (eq major-mode 'nix-pins-lock-mode) (eglot-managed-p))
    (drive-fail "flake.lock" "managed, in nix-pins-lock-mode" (list major-mode (eglot-managed-p))))
  (drive-goto "crane\": {")
  (let (told)
    (eglot-hover-eldoc-function (lambda (documentation &rest _) (setq told documentation)))
    (drive-await "the hover on the node crane" "who brings it in"
                 (lambda () (and told (string-search "Brought in by: pins/crane" told)))
                 (lambda () told)))
  (xref-find-definitions (xref-backend-identifier-at-point 'eglot))
  (unless (and (string-suffix-p "/pins/flake.nix" buffer-file-name)
               (string-prefix-p "    crane.url" (drive-line)))
    (drive-fail "the declaration of the node crane" "crane.url in pins/flake.nix" (list buffer-file-name (drive-line))))

  ;; 6. Commands: one that the server refuses, and one that runs once the person says so.
  (let (told asked)
    (cl-letf (((symbol-function 'message) (lambda (format &rest args) (push (if format (apply #'format format args) "") told)))
              ((symbol-function 'completing-read) (lambda (prompt &rest _) (push prompt asked) "Run")))
      (nix-pins-execute "updateInput" "--commit-lock-file")
      (drive-await "the refusal of an option" "is no path to an input"
                   (lambda () (seq-find (lambda (text) (string-search "\"--commit-lock-file\" is no path to an input" text)) told))
                   (lambda () told))
      (nix-pins-execute "lock")
      (drive-await "the error of nix" "nix: locked by the test"
                   (lambda () (seq-find (lambda (text) (string-search "nix: locked by the test" text)) told))
                   (lambda () (list told asked)))
      (unless (seq-find (lambda (prompt) (string-search "flake lock` in " prompt)) asked)
        (drive-fail "the question" "the command line and the folder" asked))))

  ;; 7. A rename there, and in the leaves, which are on the disk only.
  (drive-goto "crane.url")
  (let ((eglot-confirm-server-edits nil))
    (eglot-rename "kran"))
  (unless (equal (drive-line) "    kran.url = \"github:ipetkov/crane\";")
    (drive-fail "the rename in pins" "kran.url" (drive-line)))
  (dolist (other '("blog" "tools"))
    (with-current-buffer (find-file-noselect (expand-file-name (concat "../" other "/flake.nix") leaf))
      (unless (save-excursion (goto-char (point-min)) (search-forward "    crane.follows = \"pins/kran\";" nil t))
        (drive-fail (concat "the rename in " other) "pins/kran" (buffer-string)))))
  (eglot-shutdown (eglot-current-server)))

(condition-case problem
    (drive-run (file-name-as-directory (pop command-line-args-left)))
  (error (drive-fail "Emacs" "no error" problem)))

;;; drive.el ends here
