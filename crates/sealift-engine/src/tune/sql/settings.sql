-- Those that there are rules for.
select s.name, s.setting, s.unit, s.context, s.pending_restart
from pg_catalog.pg_settings s
where s.name in ('shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size',
                 'max_wal_size', 'checkpoint_timeout',
                 'random_page_cost', 'default_statistics_target',
                 'fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum', 'track_counts')
