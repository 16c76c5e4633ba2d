{
  description = "Raw URLs: each one is locked at its own time and drifts from the other repos";

  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins";

    # The release that production runs on.
    nixpkgs.url = "github:nixos/nixpkgs/nixos-26.05";

    crane.url = "github:ipetkov/crane";

    # Formatting only; has a nixpkgs of its own that nobody asked for.
    treefmt-nix = {
      url = "github:numtide/treefmt-nix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    {
      self,
      nixpkgs,
      crane,
      treefmt-nix,
      ...
    }:
    {
      packages.x86_64-linux.default =
        (crane.mkLib nixpkgs.legacyPackages.x86_64-linux).buildPackage { src = self; };
      formatter.x86_64-linux =
        treefmt-nix.lib.mkWrapper nixpkgs.legacyPackages.x86_64-linux
          { programs.nixfmt.enable = true; };
    };
}
