{ nixpkgs, treefmt-nix }:
{
  system ? builtins.currentSystem,
}:
let
  pkgs = nixpkgs { inherit system; };
in
{
  packages.default = pkgs.hello;
  formatter = treefmt-nix;
}
