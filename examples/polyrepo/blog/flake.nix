{
  description = "Nothing to say: a leaf as it should be";

  inputs = {
    pins.url = "git+ssh://git@github.com/acme/pins";
    nixpkgs.follows = "pins/nixpkgs";
    crane.follows = "pins/crane";
  };

  outputs =
    { nixpkgs, crane, ... }:
    {
      packages.x86_64-linux.default =
        (crane.mkLib nixpkgs.legacyPackages.x86_64-linux).buildPackage { src = ./.; };
    };
}
