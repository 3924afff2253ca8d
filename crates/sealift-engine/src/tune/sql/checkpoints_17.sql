-- From PostgreSQL 17 on.
select c.num_timed as timed, c.num_requested as requested
from pg_catalog.pg_stat_checkpointer c
