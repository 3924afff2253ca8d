-- Up to PostgreSQL 16.
select b.checkpoints_timed as timed, b.checkpoints_req as requested
from pg_catalog.pg_stat_bgwriter b
