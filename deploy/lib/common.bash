# shellcheck shell=bash
# Shared by the scripts of this folder: where things live, how a step is told and timed, how a fault ends.

farbank_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
farbank_cache=${FARBANK_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set: name a cache folder in FARBANK_CACHE}/.cache}/farbank}
mkdir -p "$farbank_cache"
farbank_cache=$(cd "$farbank_cache" && pwd -P)

# Binaries go to the checkout, everything in between to the cache: dependencies compile once for all
# checkouts, and no checkout can run another one's binary.
unset CARGO_TARGET_DIR
export CARGO_BUILD_BUILD_DIR=$farbank_cache/cargo-build
# So do contracts: contracts/solc.js keeps its outputs there.
export FARBANK_SOLC_CACHE=$farbank_cache/solc

# rustup looks for its toolchains in the home folder. With another HOME than it was installed under they
# are still beside the cargo on PATH.
use_rustup_beside_cargo() {
  local beside
  beside=$(command -v cargo) || return 0
  beside=${beside%/.cargo/bin/cargo}/.rustup
  if [[ -n ${RUSTUP_HOME:-} || ! -d $beside ]] || compgen -G "$HOME/.rustup/toolchains/*" >/dev/null; then return 0; fi
  export RUSTUP_HOME=$beside
}
use_rustup_beside_cargo

# Exit codes, the same as those of `farbank`.
readonly exit_usage=2 exit_fault=3

say() { printf '%s\n' "$*"; }

# usage_error MESSAGE: ends with the exit code for a wrong command line.
usage_error() {
  printf '%s: %s (see --help)\n' "${0##*/}" "$1" >&2
  exit "$exit_usage"
}

# missing PART PROBLEM REMEDY: ends, naming what cannot be had and what to do about it.
missing() {
  printf '\n%s: %s: %s\n  remedy: %s\n' "${0##*/}" "$1" "$2" "$3" >&2
  exit "$exit_fault"
}

# duration SECONDS: as people say it.
duration() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' "$(($1 / 60))" "$(($1 % 60))"; fi
}

# version_at_least HAVE NEED: compares dotted numbers.
version_at_least() {
  [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# The seconds of a long step, counted up on a terminal.
tick() {
  local started=$SECONDS
  while sleep 1; do printf '\r    %s ' "$(duration $((SECONDS - started)))"; done
}

# run_logged LOG COMMAND...: output goes to LOG; its last lines are shown when the command fails.
# The command runs in the foreground so that Ctrl-C reaches it; it does not inherit the lock.
run_logged() {
  local log=$1 ticker='' status=0
  shift
  if [[ -t 1 ]]; then
    tick &
    ticker=$!
  fi
  "$@" >"$log" 2>&1 </dev/null 9>&- || status=$?
  if [[ -n $ticker ]]; then
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    printf '\r\e[K'
  fi
  if ((status != 0)); then
    printf '  failed with exit code %d; the last lines of %s:\n' "$status" "$log" >&2
    tail -n 25 "$log" | sed 's/^/  | /' >&2
  fi
  return "$status"
}
