# shellcheck shell=bash
# Debian packages, only where something needed is missing.

# as_root COMMAND...: as it is for root, through sudo for others; without a terminal sudo must not ask.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# lacks WANT: WANT is PACKAGE=COMMAND, present when the command is, or PACKAGE alone, asked of dpkg.
# A system without dpkg is not asked about headers: the build that needs them tells.
lacks() {
  if [[ $1 == *=* ]]; then
    if command -v "${1#*=}" >/dev/null; then return 1; fi
  elif ! command -v dpkg >/dev/null || dpkg -s "$1" >/dev/null 2>&1; then
    return 1
  fi
}

# need_debian PART WANT...: installs the packages of PART that are missing, or ends with the remedy.
need_debian() {
  local part=$1 want packages=()
  shift
  for want in "$@"; do
    if lacks "$want"; then packages+=("${want%%=*}"); fi
  done
  if ((${#packages[@]} == 0)); then return 0; fi

  local remedy="install these and run again: ${packages[*]} (Debian and Ubuntu: apt-get install ${packages[*]})"
  command -v apt-get >/dev/null || missing "$part" "needs ${packages[*]}, and this system has no apt-get" "$remedy"
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    missing "$part" "needs ${packages[*]}, and there is neither root nor sudo to install them" "$remedy"
  fi
  say "==> Debian packages for $part: ${packages[*]} (about 30 s)"
  install_debian "${packages[@]}" || missing "$part" "apt-get could not install ${packages[*]}" "$remedy"
}

# The package lists are fetched only when the ones at hand are not enough.
install_debian() {
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@")
  local log=$farbank_cache/log/debian.log
  if as_root "${install[@]}" >"$log" 2>&1 9>&-; then return 0; fi
  run_logged "$log" as_root apt-get update -q && run_logged "$log" as_root "${install[@]}"
}
