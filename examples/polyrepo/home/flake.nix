{
  description = "Things that were right once";

  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins";
    nixpkgs.follows = "pins/nixpkgs";

    home-manager = {
      follows = "pins/home-manager";
      # From the time when it had a URL here.
      inputs.nixpkgs.follows = "nixpkgs";
    };

    # A slip: pins has no such input.
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
