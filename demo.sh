#!/usr/bin/env bash
# Shows Sealift at work: builds it, makes a SQLite database of some 330,000 rows, moves it into a
# PostgreSQL of its own, and compares both sides. Installs what is missing; asks nothing.
#
#   ./demo.sh
#
# Everything is made below demo/, which git ignores. Run it again and the tables are made anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/setup
. scripts/setup

setup_packages compiler postgres sqlite
# shellcheck disable=SC2119
setup_rust

# The profile `demo` is `release` without link-time optimisation: half the time to build, and the
# program is fast enough to be judged.
setup_say "building Sealift (the first time takes some minutes)"
cargo build --locked --quiet --profile demo -p sealift-cli
program=$(cd "${CARGO_TARGET_DIR:-target}/demo" && pwd -P)/sealift

sealift() {
    printf '\n$ sealift %s\n' "$*"
    "$program" "$@"
}

mkdir -p demo
script=$PWD/examples/demo/shop.sql
cd demo
rm -f shop.db.backup.*
if [ ! -e shop.db ]; then
    setup_say "making demo/shop.db from examples/demo/shop.sql"
    rm -f shop.db.new*
    sqlite3 -bail shop.db.new <"$script" >/dev/null
    mv shop.db.new shop.db
fi

sealift inspect shop.db

# The second time the tables are there already; then they are replaced.
again=()
if [ -e .sealift/report.json ]; then again=(--into recreate --yes); fi
sealift migrate shop.db --to local "${again[@]}"

sealift verify shop.db --to local --level cells

url=$("$program" local url)
if command -v psql >/dev/null; then
    query='select * from order_total order by total desc limit 3'
    # shellcheck disable=SC2016 # shown, not expanded
    printf '\n$ psql "$(sealift local url)" -c "%s"\n' "$query"
    PAGER='' psql -X "$url" -c "$query"
fi

shown=$program
case $program in "${PWD%/demo}"/*) shown=..${program#"${PWD%/demo}"} ;; esac
cat <<TEXT
== Now it is yours (cd demo first)

look at the rows       psql "\$($shown local url)"
read the report        .sealift/report.html, in a browser
see every decision     $shown plan shop.db
stop the server        $shown local stop
delete its data        $shown local reset --yes
TEXT
