-- Tables of some size that are read from the first row on more often than by an index, most rows first.
select coalesce(json_agg(row_to_json(scanned) order by scanned.read desc), '[]')
from (
  select
    schemaname as schema,
    relname as "table",
    seq_scan as sequential_scans,
    coalesce(idx_scan, 0) as index_scans,
    (seq_tup_read / seq_scan) as rows_per_scan,
    seq_tup_read as read
  from pg_catalog.pg_stat_user_tables
  where seq_scan > 0
    and n_live_tup >= 10000
    and seq_scan > coalesce(idx_scan, 0)
    and seq_tup_read / seq_scan >= 1000
  order by seq_tup_read desc
  limit 20
) as scanned
