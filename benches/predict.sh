#!/usr/bin/env bash
# Compares what `sealift plan` predicts with what `sealift migrate` then takes; see benches/README.md.
#
#   benches/predict.sh URL FILE...
#
# URL names a server and a database on it, without parameters; for each file another database is made there
# and dropped again. SEALIFT is the command to use (target/release/sealift), RUNS how often each file is
# migrated (1). Needs psql and jq.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
sealift=$(realpath "${SEALIFT:-$root/target/release/sealift}")
server=${1:?usage: benches/predict.sh URL FILE...}
shift
name=sealift_predict_$$
target=${server%/*}/$name
work=$(mktemp -d)
trap 'psql "$server" -qc "drop database if exists $name" 2> "$work/gone"; rm -r "$work"' EXIT

sizes="select coalesce(sum(pg_table_size(c.oid)), 0) || ' ' || coalesce(sum(pg_indexes_size(c.oid)), 0)
       from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace"

# What both sides call a phase; the backup is not made.
phases='{census: ["inspect", "census", "plan"], create: ["create"], copy: ["copy"],
         finish: ["finish"], analyze: ["analyze"], verify: ["verify"]}'

one() {
    file=$(realpath "$1")
    psql "$server" -qc "drop database if exists $name" -c "create database $name" 2> "$work/notices"
    (
        cd "$work"
        # Both are to find the file in memory.
        cat "$file" > /dev/null
        # A finding that stands in the way is an exit status too.
        "$sealift" plan "$file" --to "$target" --progress none --json > plan.json || true
        "$sealift" migrate "$file" --to "$target" --no-backup --progress none --json > made.json || true
    )
    read -r tables indexes < <(psql "$target" -qAtc "$sizes")
    jq -rn --slurpfile plan "$work/plan.json" --slurpfile made "$work/made.json" \
        --arg file "$(basename "$file")" --argjson tables "$tables" --argjson indexes "$indexes" "
        def sum(names): [.phases[] | select(.name as \$it | names | index(\$it)) | .seconds] | add // 0;
        def line(name; said; was):
            [\$file, name, (said * 1000 | round / 1000), (was * 1000 | round / 1000),
             (if was > 0 then said / was * 100 | round / 100 else null end)] | @tsv;
        (\$plan[0].estimate) as \$said | (\$made[0]) as \$was |
        ($phases | to_entries[] | .value as \$names | .key as \$key
            | line(\$key; \$said | sum([\$key]); \$was | sum(\$names))),
        line(\"seconds\"; (\$said.seconds - (\$said | sum([\"backup\"]))); \$was.seconds),
        line(\"MB tables\"; \$said.table_bytes / 1048576; \$tables / 1048576),
        line(\"MB indexes\"; \$said.index_bytes / 1048576; \$indexes / 1048576)"
}

printf 'file\tof\testimated\treal\tratio\n'
for file in "$@"; do
    for _ in $(seq "${RUNS:-1}"); do
        one "$file"
    done
done
