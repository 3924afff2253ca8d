-- The standbys of a primary; a standby tells about itself.
select case
  when pg_is_in_recovery() then (
    select json_build_array(json_build_object(
      'name', 'this server',
      'state', (select status from pg_catalog.pg_stat_wal_receiver),
      'sync_state', null,
      'lag_bytes', case when pg_last_wal_receive_lsn() is not null then greatest(0,
        pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())) end,
      'lag_seconds', case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
        else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end))
  )
  else (
    select coalesce(json_agg(json_build_object(
      'name', coalesce(application_name, ''),
      'state', state,
      'sync_state', sync_state,
      'lag_bytes', case when replay_lsn is not null
        then greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)) end,
      'lag_seconds', case when replay_lsn is not null
        then coalesce(extract(epoch from replay_lag), 0) end) order by application_name), '[]')
    from pg_catalog.pg_stat_replication
  )
end
