#!/usr/bin/env bash
# Checks and tests everything, what fails fastest first. Installs what is missing; asks nothing.
#
#   ./test.sh
#
# The PostgreSQL that the tests use is a throw-away server, gone when this ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/setup
. scripts/setup

began=$SECONDS
step() {
    printf '\n== %s (after %d s)\n' "$*" $((SECONDS - began))
}

setup_packages compiler postgres pgbouncer npm proj python valgrind
setup_rust rustfmt clippy

# A snapshot that changed is a failure here, not a file to look at later.
export INSTA_UPDATE=${INSTA_UPDATE:-no}
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
if [ -z "${SEALIFT_SHARED:-}" ] && [ -d ../shared ]; then
    SEALIFT_SHARED=$(cd ../shared && pwd -P)
    export SEALIFT_SHARED
fi
if [ -n "${SEALIFT_SHARED:-}" ]; then
    setup_say "with the databases below $SEALIFT_SHARED"
else
    setup_say "without ../shared: the tests on the sample databases that are kept there do nothing"
fi

if cargo nextest --version >/dev/null 2>&1; then
    profile=default
    [ -z "${CI:-}" ] || profile=ci
    run_tests() { cargo nextest run --locked --profile "$profile" "$@"; }
else
    setup_say "cargo-nextest is not installed: using cargo test"
    run_tests() { cargo test --locked --no-fail-fast "$@"; }
fi

step "format"
cargo fmt --all --check

# A newer Rust may warn of what this one did not know. That is worth reading, and no failure.
lints_known_to=1.95
deny_warnings=()
if [ "$(printf '%s\n' "$lints_known_to.999" "$(rustc --version | cut -d' ' -f2)" | sort -V | tail -n 1)" = \
    "$lints_known_to.999" ]; then
    deny_warnings=(-D warnings)
else
    setup_say "Rust is newer than $lints_known_to: warnings are shown, and do not fail"
fi

step "clippy"
cargo clippy --locked --workspace --all-targets -- "${deny_warnings[@]}"

step "tests of the core"
run_tests -p sealift-core

step "documentation"
RUSTDOCFLAGS="${deny_warnings[*]}" cargo doc --locked --workspace --no-deps --document-private-items
cargo test --locked --workspace --doc

step "instruction counts"
benches/gate

step "tests with PostgreSQL"
cargo test --locked --no-run --workspace --exclude sealift-core
scripts/servers fetch
scripts/browser fetch
if ! scripts/pg status >/dev/null; then
    trap 'scripts/pg stop' EXIT
    scripts/pg start
fi
run_tests --workspace --exclude sealift-core

step "the conditions on PostgreSQL 14, 16, 17 and 18"
scripts/versions

printf '\n== all passed in %d s\n' $((SECONDS - began))
