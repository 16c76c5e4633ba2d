{
  description = "Follows as it should, and brings a second nixpkgs along nevertheless";

  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins";
    nixpkgs.follows = "pins/nixpkgs";

    # Nobody asked for the nixpkgs that this brings.
    git-hooks.url = "github:cachix/git-hooks.nix";
  };

  outputs =
    { nixpkgs, git-hooks, ... }:
    {
      packages.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.mdbook;
      checks.x86_64-linux.hooks = git-hooks.lib.x86_64-linux.run { src = ./.; };
    };
}
