-- Which server it is, and since when; any role may ask.
select json_build_object(
  'version', split_part(current_setting('server_version'), ' ', 1),
  'started_at', extract(epoch from pg_postmaster_start_time()),
  'read_at', extract(epoch from clock_timestamp()),
  'is_standby', pg_is_in_recovery(),
  'database', current_database())
