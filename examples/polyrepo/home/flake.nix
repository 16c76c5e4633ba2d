{
  description = "Things that were right once";

  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins";
    nixpkgs.follows = "pins/nixpkgs";

    home-manager = {
      follows = "pins/home-manager";
      # Dead since home-manager follows: Nix never looks at it.
      inputs.nixpkgs.follows = "nixpkgs";
    };

    # A slip that only shows when something is locked again.
    fenix.follows = "pins/fenx";

    dotfiles = {
      url = "path:/home/ana/dotfiles";
      flake = false;
    };
    wallpapers = {
      url = "http://files.acme.example/wallpapers.tar.gz";
      flake = false;
    };
  };

  outputs = { home-manager, ... }: { inherit (home-manager) lib; };
}
