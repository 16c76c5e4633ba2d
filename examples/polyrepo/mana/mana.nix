{
  name = "shop";
  description = "A project on mana: no flakes, the same wish for one version";
  entrypoint = ./entrypoint.nix;

  dependencies = {
    nixpkgs.url = "github:nixos/nixpkgs/nixos-26.05";
    treefmt-nix.url = "github:numtide/treefmt-nix";
  };

  # Everything below uses this project's nixpkgs.
  shares = [ "nixpkgs" ];

  groups = {
    eval.nixpkgs = [ ];
    dev.treefmt-nix = [ ];
  };
}
