-- The sequences that are nearest to their end, which is that of the column they feed where it ends earlier.
select coalesce(json_agg(row_to_json(used) order by used.used_ratio desc, used.name), '[]')
from (
  select
    schemaname as schema,
    sequencename as name,
    last_value,
    ends as "end",
    case when last_value is null then 0
      else round(least(1, abs(last_value - begins) / greatest(abs(ends - begins), 1)), 6)
    end as used_ratio
  from (
    select
      s.schemaname,
      s.sequencename,
      s.last_value,
      case when s.increment_by > 0 then s.min_value else s.max_value end::numeric as begins,
      case
        when s.increment_by > 0 then least(s.max_value, case a.atttypid
          when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647 end)
        else greatest(s.min_value, case a.atttypid
          when 'int2'::regtype then -32768 when 'int4'::regtype then -2147483648 end)
      end as ends
    from pg_catalog.pg_sequences s
    join pg_catalog.pg_namespace n on n.nspname = s.schemaname
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = s.sequencename
    left join pg_catalog.pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    left join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where not s.cycle
  ) as bounds
  order by 5 desc, 2
  limit 20
) as used
