-- The database as a whole.
select json_build_object(
  'bytes', pg_database_size(datid),
  'cache_hit_ratio', case when blks_hit + blks_read > 0
    then round(blks_hit::numeric / (blks_hit + blks_read), 6) end,
  'commits', xact_commit,
  'rollbacks', xact_rollback,
  'deadlocks', deadlocks,
  'temporary_bytes', temp_bytes)
from pg_catalog.pg_stat_database
where datname = current_database()
