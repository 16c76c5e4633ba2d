# For callPackage. `go test ./internal/house` vendors the modules anew, as buildGoModule does, and says which vendorHash is right.
{
  lib,
  stdenv,
  buildGoModule,
  installShellFiles,
  version ? "0.1.0-dev",
}:

buildGoModule {
  pname = "nix-pins-lsp";
  inherit version;

  src = lib.fileset.toSource {
    root = ./.;
    fileset = lib.fileset.unions [
      ./go.mod
      ./go.sum
      (lib.fileset.fileFilter (
        file:
        lib.any file.hasExt [
          "go"
          "c"
          "h"
          "pgo"
        ]
      ) ./.)
      # What go:embed names.
      ./internal/polyrepogen/shapes.tsv
      ./report/page
    ];
  };

  vendorHash = "sha256-gBGdOuTH0sdWNOJ+AeT3wDwQ8785D7EUo8aXR8qjvco=";

  # `go mod vendor` leaves out folders in which no Go file lies, and these hold the C of tree-sitter.
  modPostBuild = ''
    treeSitter=github.com/tree-sitter/go-tree-sitter
    cp -r --no-preserve=mode "$(go list -mod=mod -m -f '{{.Dir}}' "$treeSitter")"/{include,src} "vendor/$treeSitter/"
  '';

  subPackages = [ "cmd/nix-pins-lsp" ];
  ldflags = [ "-X main.release=${version}" ];

  # They need real editors and a real Nix: see scripts/test.
  doCheck = false;

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    for shell in bash fish zsh; do
      $out/bin/nix-pins-lsp completion "$shell" > "nix-pins-lsp.$shell"
      installShellCompletion "nix-pins-lsp.$shell"
    done
  '';

  meta = {
    description = "Language server that keeps a polyrepo of Nix flakes on one version of everything";
    homepage = "https://github.com/nix-pins-lsp/nix-pins-lsp";
    changelog = "https://github.com/nix-pins-lsp/nix-pins-lsp/blob/main/CHANGELOG.md";
    license = lib.licenses.mit;
    mainProgram = "nix-pins-lsp";
  };
}
