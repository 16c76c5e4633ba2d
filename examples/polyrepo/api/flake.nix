{
  description = "URLs that do not mean what they seem to";

  # `nix registry add pins …` is not asked for flake inputs since Nix 2.26.
  inputs.pins.url = "pins";
  inputs.nixpkgs.follows = "pins/nixpkgs";
  # This is ref `crane` of the registry's `pins`, not the input of pins.
  inputs.crane.url = "pins/crane";
  inputs.fenix.follows = "pins/fenix";
  # Nix drops what a forge reference cannot say.
  inputs.proto = {
    url = "github:acme/proto?submodules=1";
    flake = false;
  };

  # Closed, and it forgot fenix and proto.
  outputs =
    { self, nixpkgs, pins, crane }:
    {
      packages.x86_64-linux.default =
        (crane.mkLib nixpkgs.legacyPackages.x86_64-linux).buildPackage { src = self; };
    };
}
