#!/usr/bin/env bash
# Measures a whole migration against the limit of the server; see benches/README.md.
#
#   benches/run.sh [--size MB] [--runs N] [--jobs N] [--source FILE] [--sealift COMMAND]
#
# Starts a PostgreSQL of its own and stops it at the end.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export PG_CLUSTER=bench-postgres
# As for a bulk load: what a checkpoint does every gigabyte would only make the numbers noisy.
export PG_SETTINGS='max_wal_size = 8GB
shared_buffers = 512MB'

SEALIFT_TEST_POSTGRES=$("$root/scripts/pg" start)
export SEALIFT_TEST_POSTGRES
trap '"$root/scripts/pg" stop' EXIT

cd "$root"
cargo build --release -p sealift-cli --bin sealift
# The harness only starts commands and statements: nothing is gained by optimizing it.
cargo bench --profile dev -p sealift-cli --bench migration -- \
    --sealift "$root/target/release/sealift" "$@"
