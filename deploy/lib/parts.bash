# shellcheck shell=bash
# The parts that setup brings into place. Each one is found (the user's own, or the cache) or built into
# the cache as `<part>-<version>/`, in a temporary folder first, so that a folder with that name is whole.

readonly bitcoind_version=31.99.0 bitcoind_oldest=28
readonly geth_version=1.13.15 geth_oldest=1.11 geth_too_new=1.14
readonly go_oldest=1.20 node_oldest=18
readonly build_folder_limit_mib=20480 binaries_kept=5

# make_part LABEL PART USUAL BUILDER [ARGUMENT...]: runs `BUILDER OUT ARGUMENT...`; OUT becomes the cache's PART.
make_part() {
  local label=$1 part=$2 usual=$3 builder=$4 started=$SECONDS
  shift 4
  say "==> $label: building (usually $usual, once)"
  rm -rf "$scratch/out"
  run_logged "$farbank_cache/log/$part.log" "$builder" "$scratch/out" "$@" ||
    missing "$label" "could not be built" "read the lines above; the whole log is $farbank_cache/log/$part.log"
  rm -rf "${farbank_cache:?}/$part"
  mv "$scratch/out" "$farbank_cache/$part"
  say "    built in $(duration $((SECONDS - started)))"
}

# in_cache PROGRAM...: the programs are there and run on this machine.
in_cache() {
  local program
  for program in "$@"; do
    [[ -x $program ]] && "$program" --version >/dev/null 2>&1 || return 1
  done
}

have_commands() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || return 1; done
}

# ---- toolchains: named when missing, never installed -------------------------------------------------------

need_rust() {
  local needed have
  have_commands cargo rustc ||
    missing Rust "cargo and rustc are not on PATH" "install Rust from https://rustup.rs and run again"
  cargo --version >/dev/null 2>&1 ||
    missing Rust "cargo is on PATH and does not start" "run 'cargo --version' and follow what it says"
  needed=$(sed -nE 's/^rust-version = "([0-9.]+)"/\1/p' "$farbank_root/Cargo.toml")
  have=$(rustc --version | sed -E 's/^rustc ([0-9.]+).*/\1/')
  version_at_least "$have" "$needed" ||
    missing Rust "version $needed or newer is needed, and rustc is $have" "rustup update stable, then run again"
}

need_rust_components() {
  local component
  for component in clippy fmt; do
    cargo "$component" --version >/dev/null 2>&1 ||
      missing Rust "cargo $component is not there" "rustup component add clippy rustfmt, then run again"
  done
}

need_node() {
  local have
  have_commands node npm ||
    missing Node "node and npm are not on PATH" "install Node $node_oldest or newer with npm (Debian: apt-get install nodejs npm)"
  have=$(node --version)
  version_at_least "${have#v}" "$node_oldest" ||
    missing Node "version $node_oldest or newer is needed, and node is $have" "install a newer Node and run again"
}

need_compiler() {
  need_debian "the C compiler" gcc=cc libc6-dev git=git
}

# ---- bitcoind ----------------------------------------------------------------------------------------------

# Sets `bitcoind` to the user's own program or the cache's.
setup_bitcoind() {
  local found version part=bitcoind-$bitcoind_version
  if found=$(command -v bitcoind); then
    version=$("$found" --version 2>/dev/null | sed -nE '1s/.*v([0-9.]+).*/\1/p')
    if version_at_least "${version:-0}" "$bitcoind_oldest"; then
      say "==> bitcoind $version: yours, $found"
      bitcoind=$found
      return
    fi
    say "==> bitcoind ${version:-of unknown version} on PATH is older than $bitcoind_oldest: not used"
  fi
  bitcoind=$farbank_cache/$part/bin/bitcoind
  if in_cache "$bitcoind"; then
    say "==> bitcoind $bitcoind_version: in the cache"
    return
  fi
  need_debian bitcoind g++=c++ make=make cmake=cmake pkg-config=pkg-config libboost-dev libevent-dev
  make_part "bitcoind $bitcoind_version" "$part" "6 min on 2 cores" "$lib/build-bitcoind" "$scratch/bitcoind"
}

# ---- geth --------------------------------------------------------------------------------------------------

# own_geth: prints the user's geth when it can still seal Clique blocks.
own_geth() {
  local found version
  found=$(command -v geth) || return 1
  version=$("$found" version 2>/dev/null | sed -nE 's/^Version: ([0-9.]+).*/\1/p')
  if ! version_at_least "${version:-0}" "$geth_oldest" || version_at_least "$version" "$geth_too_new"; then return 1; fi
  printf '%s\n' "$found"
}

go_version() {
  command -v go >/dev/null && go env GOVERSION | sed -nE 's/^go([0-9.]+).*/\1/p'
}

# Sets `geth_plan` to yours, cached, build or none, before anything takes long. $1 is the side chain asked for.
plan_geth() {
  local choice=$1 version found
  geth=$farbank_cache/geth-$geth_version/bin/geth
  if found=$(own_geth); then
    geth=$found geth_plan=yours
  elif in_cache "$geth"; then
    geth_plan=cached
  elif [[ $choice == anvil ]]; then
    geth='' geth_plan=none
  elif version=$(go_version) && version_at_least "${version:-0}" "$go_oldest"; then
    geth_plan=build
  elif [[ $choice == clique ]]; then
    missing "geth $geth_version" "the side chain clique needs it, and there is no Go $go_oldest or newer to build it" \
      "install Go (https://go.dev/dl, Debian: apt-get install golang-go), or run with --side-chain anvil"
  else
    geth='' geth_plan=none
    say "==> there is no Go $go_oldest or newer here to build geth with: the side chain will be anvil"
  fi
}

# Leaves in `geth` the program, or nothing where the side chain is anvil.
setup_geth() {
  case $geth_plan in
    yours) say "==> geth: yours, $geth" ;;
    cached) say "==> geth $geth_version: in the cache" ;;
    build) make_part "geth $geth_version" "geth-$geth_version" "2 min on 2 cores" "$lib/build-geth" "$geth_version" ;;
    none) say "==> geth: left out, the side chain is anvil" ;;
  esac
}

# ---- npm packages: Foundry, the Solidity compiler, libraries -----------------------------------------------

# Sets `foundry` to the folder of Foundry's programs.
setup_npm() {
  local contracts=$farbank_root/contracts key part version tool
  key=$(sha256sum "$contracts/package-lock.json" | cut -c1-16)
  part=npm-$key
  if [[ -d $farbank_cache/$part/node_modules ]]; then
    say "==> npm packages: in the cache"
  else
    make_part "npm packages" "$part" "15 s" "$lib/build-npm" "$contracts"
  fi
  place_node_modules "$farbank_cache/$part/node_modules" "$contracts/node_modules" "$key"

  local scope=$farbank_cache/$part/node_modules/@foundry-rs
  version=$(node -p "require('$scope/forge/package.json').version")
  foundry=$farbank_cache/foundry-$version/bin
  if in_cache "$foundry"/{anvil,forge,cast}; then return; fi
  mkdir -p "$scratch/foundry/bin"
  for tool in anvil forge cast; do
    # One folder: npm installed the package of this system only.
    cp -l "$scope/$tool"-*/bin/"$tool" "$scratch/foundry/bin/" ||
      missing "Foundry" "npm has no $tool for this system" "install Foundry $version for it and put it into $foundry"
  done
  rm -rf "${foundry%/bin}"
  mv "$scratch/foundry" "${foundry%/bin}"
}

# place_node_modules FROM TO KEY: hard links where the file system allows, so that it costs no time or space.
# A file in TO says which lock file it came from.
place_node_modules() {
  local from=$1 to=$2 key=$3 fresh=$2.new
  if [[ -f $to/.farbank-lock && $(<"$to/.farbank-lock") == "$key" ]]; then return; fi
  rm -rf "$fresh"
  cp -al "$from" "$fresh" 2>/dev/null || { rm -rf "$fresh" && cp -a "$from" "$fresh"; }
  printf '%s\n' "$key" >"$fresh/.farbank-lock"
  rm -rf "$to.old"
  if [[ -e $to ]]; then mv "$to" "$to.old"; fi
  mv "$fresh" "$to"
  rm -rf "$to.old"
}

# ---- the release build -------------------------------------------------------------------------------------

# Everything that could change the binary: the compiler, and every file of the checkout that git does not ignore.
# Empty where the source is not a git checkout: then cargo alone decides what to build.
release_key() {
  [[ -e $farbank_root/.git ]] || return 0
  {
    rustc -vV
    cd "$farbank_root"
    # A file that git knows and that is gone is skipped.
    git ls-files -z --cached --others --exclude-standard -- ':!*.md' | sort -z |
      { xargs -0 sha256sum 2>/dev/null || true; }
  } | sha256sum | cut -c1-16
}

setup_release_build() {
  local started=$SECONDS key kept binary=$farbank_root/target/release/farbank
  key=$(release_key)
  kept=$farbank_cache/farbank-${key:-none}
  if in_cache "$kept/bin/farbank"; then
    say "==> farbank: this source is built already, in the cache"
    mkdir -p "${binary%/*}"
    cmp -s "$kept/bin/farbank" "$binary" || install -m 755 "$kept/bin/farbank" "$binary"
    return
  fi
  trim_build_folder
  say "==> farbank: release build (usually 5 min on 2 cores, under 1 min once its dependencies are in the cache)"
  run_logged "$farbank_cache/log/farbank.log" \
    cargo build --manifest-path "$farbank_root/Cargo.toml" --release --locked -p farbank-cli ||
    missing farbank "the release build failed" "read the lines above; the whole log is $farbank_cache/log/farbank.log"
  say "    built in $(duration $((SECONDS - started)))"
  # A source edited meanwhile may or may not be in this binary: not kept.
  if [[ -n $key && $(release_key) == "$key" ]]; then keep_binary "$binary" "$kept"; fi
}

# keep_binary BINARY FOLDER: for other checkouts of the same source; the oldest ones go.
keep_binary() {
  local old
  mkdir -p "$scratch/farbank/bin"
  cp "$1" "$scratch/farbank/bin/"
  rm -rf "$2"
  mv "$scratch/farbank" "$2"
  find "$farbank_cache" -maxdepth 1 -type d -name 'farbank-*' -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2- |
    tail -n "+$((binaries_kept + 1))" | while IFS= read -r old; do rm -rf "$old"; done
}

# cargo never removes what it built for sources that are gone.
trim_build_folder() {
  local folder=$farbank_cache/cargo-build mib
  [[ -d $folder ]] || return 0
  mib=$(du -sm "$folder" | cut -f1)
  if ((mib > build_folder_limit_mib)); then
    say "    the cache's build folder has grown to $mib MiB: starting it anew"
    rm -rf "$folder"
  fi
}

# ---- tools of the tests ------------------------------------------------------------------------------------

setup_cargo_tools() {
  local line name version options program
  for line in "${cargo_tools[@]}"; do
    read -r name version options <<<"$line"
    program=$farbank_cache/$name-$version/bin/$name
    if [[ -x $program ]]; then
      say "==> $name $version: in the cache"
    else
      # shellcheck disable=SC2086 # options are words
      make_part "$name $version" "$name-$version" "1 to 2 min on 2 cores" \
        "$lib/build-cargo-tool" "$scratch/cargo-tools" "$name" "$version" $options
    fi
  done
}
