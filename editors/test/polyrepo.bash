# What the tests of all editors share. Each does the same main job in its editor, on a copy of
# examples/polyrepo: open the leaf `web`, see `raw-url` on nixpkgs, type a new input `fenix`
# whose `follows` is completed to "pins/fenix", apply the action "Follow pins/nixpkgs", save.
# Then real Nix evaluates the saved file. Some go on to the flake.lock of the leaf `blog`: the hover on
# the node crane, and from there to its declaration in pins.
#
# Source this with the server's path as the argument. It sets
#   work    a new folder below /tmp, removed at the end unless KEEP_WORK is set
#   repo    the copy of the polyrepo
#   leaf    the folder of the leaf
#   server  a copy of the server, called nix-pins-lsp, in a folder that is first on PATH
#   here    the folder of the client under test
# The tools may live in a chroot that sees of this machine only /tmp: hence the copies.

fail() {
	printf 'FAIL: %s\n' "$*" >&2
	exit 1
}

# expect WHAT WANT GOT
expect() {
	[[ $2 == "$3" ]] || fail "$1
  expected: $2
  seen:     $3"
}

(($# == 1)) || fail "usage: $0 SERVER (the path of the binary nix-pins-lsp)"
[[ -f $1 && -x $1 ]] || fail "no program at $1"

here=$(cd "$(dirname "$0")/.." && pwd)
sources=$(cd "$here/../.." && pwd)
tools=${NIX_PINS_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/nix-pins-lsp/tools}
started=()

finish() {
	local status=$? pid
	set +e
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	if [[ -n ${KEEP_WORK-} ]]; then printf 'kept: %s\n' "$work" >&2; else rm -rf "$work"; fi
	exit "$status"
}
work=$(mktemp -d /tmp/nix-pins-editors.XXXXXX)
trap finish EXIT
trap 'exit 130' INT TERM

mkdir -p "$work"/{home,bin,run}
cp "$1" "$work/bin/nix-pins-lsp"
cp -r "$sources/examples/polyrepo" "$work/polyrepo"
server=$work/bin/nix-pins-lsp
repo=$work/polyrepo
leaf=$repo/web
cp "$leaf/flake.nix" "$work/before.nix"
touch "$leaf/.nix-pins.toml" # a leaf may have settings of its own: the root is further up

# Nothing of this machine's user takes part.
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config XDG_DATA_HOME=$work/home/.local/share
export XDG_STATE_HOME=$work/home/.local/state XDG_CACHE_HOME=$work/home/.cache XDG_RUNTIME_DIR=$work/run
export PATH=$work/bin:$tools/bin:$PATH NIX_PINS_TOOLS=$tools
chmod 700 "$XDG_RUNTIME_DIR"

# need TOOL...
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || fail "no $tool: run scripts/install-test-tools"
	done
}
need nix-instantiate

# The text that the leaf must have in the end: two lines differ, all others are as they were.
sed -e 's|^    nixpkgs\.url = .*|    nixpkgs.follows = "pins/nixpkgs";|' \
	-e '/^    crane\.url = /a\    fenix.follows = "pins/fenix";' "$work/before.nix" >"$work/want.nix"
[[ $(diff "$work/before.nix" "$work/want.nix" | grep -c '^[<>]') == 3 ]] || fail "examples/polyrepo/web/flake.nix is not as this test knows it"

# fake_nix PROGRAM writes a nix that notes where it ran and with what, and fails: there is no network to lock with.
fake_nix() {
	cat >"$1" <<-END
		#!/bin/sh
		echo "\$PWD \$*" >"$work/nix.ran"
		echo "error: locked by the test" >&2
		exit 1
	END
	chmod +x "$1"
}

# check_nix DIR says whether the command lock ran nix in DIR as it should.
check_nix() {
	expect "the command that nix got" "$1 --extra-experimental-features nix-command flakes flake lock" "$(cat "$work/nix.ran")"
}

# check_saved compares the saved leaf with what was meant: its text, and its inputs as Nix reads them.
check_saved() {
	diff -u --label meant --label saved "$work/want.nix" "$leaf/flake.nix" >&2 || fail "the saved flake.nix is not what was meant"
	local want got
	want=$(cd "$work" && nix-instantiate --eval --strict --json -E \
		'(import ./before.nix).inputs // { nixpkgs.follows = "pins/nixpkgs"; fenix.follows = "pins/fenix"; }') || fail "Nix does not evaluate the leaf before"
	got=$(cd "$leaf" && nix-instantiate --eval --strict --json -E '(import ./flake.nix).inputs') || fail "Nix does not evaluate the saved leaf"
	expect "inputs of the saved leaf, by nix-instantiate" "$want" "$got"
}
