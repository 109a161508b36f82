# shellcheck shell=bash
# Tools of cargo's that only the tests need: name, version, options.
readonly cargo_tools=(
  "cargo-nextest 0.9.151 --no-default-features --features=default-no-update"
  "cargo-deny 0.20.2"
  "cargo-machete 0.9.2"
  "bulloak 0.9.2"
)

add_cargo_tools_to_path() {
  local line name version
  for line in "${cargo_tools[@]}"; do
    read -r name version _ <<<"$line"
    PATH=${farbank_cache:?}/$name-$version/bin:$PATH
  done
  export PATH
}
