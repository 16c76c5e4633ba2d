{
  description = "A language server that keeps a polyrepo of Nix flakes on one version of everything";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      eachSystem =
        make:
        nixpkgs.lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
          "x86_64-darwin"
          "aarch64-darwin"
        ] (system: make nixpkgs.legacyPackages.${system});
      version = "0.1.0-dev+${self.shortRev or self.dirtyShortRev or "unknown"}";
    in
    {
      packages = eachSystem (pkgs: {
        default = pkgs.callPackage ./package.nix { inherit version; };
      });

      overlays.default = final: _: {
        nix-pins-lsp = final.callPackage ./package.nix { inherit version; };
      };

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.default ];
          packages = [
            pkgs.gopls
            pkgs.nodejs
            pkgs.nixfmt
          ];
        };
      });

      formatter = eachSystem (pkgs: pkgs.nixfmt);
    };
}
