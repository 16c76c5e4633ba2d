{
  description = "What Nix refuses";

  inputs = {
    # No pins input, though others follow it.
    nixpkgs.follows = "pins/nixpkgs";

    crane.url = "github:ipetkov/crane";
    crane.follows = "pins/crane";

    # The colon of scp: Nix takes this for a path.
    secrets = {
      url = "git+ssh://git@github.com:acme/secrets";
      ref = "main";
    };
  };

  outputs = { nixpkgs, ... }: { inherit (nixpkgs) lib; };
}
