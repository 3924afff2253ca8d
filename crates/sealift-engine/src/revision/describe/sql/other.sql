-- What a schema may hold besides: a kind in the manual's words, a name, and what tells two of one name apart.
with space as (select oid from pg_catalog.pg_namespace where nspname = $1),
     extension as (select classid, objid from pg_catalog.pg_depend where deptype = 'e'),
     relation as (
         select c.* from pg_catalog.pg_class c
         where c.relnamespace = (select oid from space)
           and (('pg_class'::regclass)::oid, c.oid) not in (select classid, objid from extension)),
     found (kind, name, definition) as (
         select case when c.relispartition then 'partition'
                     when c.relkind = 'p' then 'partitioned table'
                     when c.relkind = 'f' then 'foreign table'
                     else 'table with inheritance' end,
                c.relname,
                concat_ws(' ', pg_catalog.pg_get_partkeydef(c.oid),
                    pg_catalog.pg_get_expr(c.relpartbound, c.oid),
                    (select 'of ' || string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
                     from pg_catalog.pg_inherits i where i.inhrelid = c.oid),
                    (select '(' || string_agg(concat_ws(' ', a.attname,
                                pg_catalog.format_type(a.atttypid, a.atttypmod),
                                case when a.attnotnull then 'not null' end,
                                'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)),
                                ', ' order by a.attnum) || ')'
                     from pg_catalog.pg_attribute a
                     left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
                     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
                    (select string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid, true),
                                ', ' order by k.conname)
                     from pg_catalog.pg_constraint k where k.conrelid = c.oid),
                    (select string_agg(n.relname || ' ' || pg_catalog.pg_get_indexdef(n.oid, 0, true),
                                ', ' order by n.relname)
                     from pg_catalog.pg_index x join pg_catalog.pg_class n on n.oid = x.indexrelid
                     where x.indrelid = c.oid),
                    (select string_agg(pg_catalog.pg_get_triggerdef(t.oid, true), ', ' order by t.tgname)
                     from pg_catalog.pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal))
         from relation c
         where c.relkind in ('p', 'f') or c.relispartition
            or c.relkind = 'r' and exists (
                select from pg_catalog.pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
         union all
         select 'unlogged table', c.relname, '' from relation c
         where c.relkind = 'r' and c.relpersistence = 'u'
         union all
         select 'table of a composite type', c.relname, c.reloftype::regtype::text from relation c
         where c.reloftype <> 0
         union all
         select 'composite type', c.relname,
                (select string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod),
                            ', ' order by a.attnum)
                 from pg_catalog.pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
         from relation c where c.relkind = 'c'
         union all
         select 'comment on a column of a view', c.relname || '.' || a.attname,
                pg_catalog.col_description(c.oid, a.attnum)
         from relation c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         where c.relkind in ('v', 'm') and pg_catalog.col_description(c.oid, a.attnum) is not null
         union all
         select 'default of a column of a view', c.relname || '.' || a.attname,
                pg_catalog.pg_get_expr(d.adbin, d.adrelid)
         from relation c
         join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
         join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
         where c.relkind = 'v'
         union all
         select 'constraint that is not enforced', c.relname || '.' || k.conname,
                pg_catalog.pg_get_constraintdef(k.oid, true)
         from pg_catalog.pg_constraint k join relation c on c.oid = k.conrelid
         where not coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
         union all
         select 'not null that is not validated', c.relname || '.' || k.conname,
                pg_catalog.pg_get_constraintdef(k.oid, true)
         from pg_catalog.pg_constraint k join relation c on c.oid = k.conrelid
         where k.contype = 'n' and not k.convalidated
         union all
         select 'policy', c.relname || '.' || p.polname,
                concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
                    pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
         from pg_catalog.pg_policy p join relation c on c.oid = p.polrelid
         union all
         select 'rule', c.relname || '.' || r.rulename, pg_catalog.pg_get_ruledef(r.oid, true)
         from pg_catalog.pg_rewrite r join relation c on c.oid = r.ev_class
         where r.rulename <> '_RETURN'
         union all
         select 'statistics', s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid)
         from pg_catalog.pg_statistic_ext s
         where s.stxnamespace = (select oid from space)
           and (('pg_statistic_ext'::regclass)::oid, s.oid) not in (select classid, objid from extension)
         union all
         select 'aggregate', p.oid::regprocedure::text,
                concat_ws(' ', pg_catalog.pg_get_function_result(p.oid), a.aggtransfn::text,
                    a.aggfinalfn::text, a.aggtranstype::regtype::text, a.agginitval)
         from pg_catalog.pg_proc p join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
         where p.pronamespace = (select oid from space)
           and (('pg_proc'::regclass)::oid, p.oid) not in (select classid, objid from extension)
         union all
         select case t.typtype when 'r' then 'range type' else 'base type' end, t.typname,
                (select pg_catalog.format_type(r.rngsubtype, null)
                 from pg_catalog.pg_range r where r.rngtypid = t.oid)
         from pg_catalog.pg_type t
         where t.typnamespace = (select oid from space)
           and (t.typtype = 'r' or t.typtype = 'b' and t.typcategory <> 'A')
           and (('pg_type'::regclass)::oid, t.oid) not in (select classid, objid from extension)
         union all
         select 'comment on a constraint of a domain', t.typname || '.' || k.conname,
                pg_catalog.obj_description(k.oid, 'pg_constraint')
         from pg_catalog.pg_constraint k join pg_catalog.pg_type t on t.oid = k.contypid
         where t.typnamespace = (select oid from space)
           and pg_catalog.obj_description(k.oid, 'pg_constraint') is not null
         union all
         select 'operator', o.oid::regoperator::text, o.oprcode::text
         from pg_catalog.pg_operator o
         where o.oprnamespace = (select oid from space)
           and (('pg_operator'::regclass)::oid, o.oid) not in (select classid, objid from extension)
         union all
         select 'operator class', c.opcname, c.opcintype::regtype::text
         from pg_catalog.pg_opclass c
         where c.opcnamespace = (select oid from space)
           and (('pg_opclass'::regclass)::oid, c.oid) not in (select classid, objid from extension)
         union all
         select 'collation', c.collname, concat_ws(' ', c.collprovider, c.collisdeterministic, c.collcollate,
                    pg_catalog.to_jsonb(c) ->> 'collctype')
         from pg_catalog.pg_collation c
         where c.collnamespace = (select oid from space)
           and (('pg_collation'::regclass)::oid, c.oid) not in (select classid, objid from extension)
         union all
         select 'conversion', c.conname, c.conproc::text
         from pg_catalog.pg_conversion c
         where c.connamespace = (select oid from space)
           and (('pg_conversion'::regclass)::oid, c.oid) not in (select classid, objid from extension)
         union all
         select 'text search configuration', c.cfgname,
                (select string_agg(concat_ws(' ', m.maptokentype, m.mapdict::regdictionary), ', '
                            order by m.maptokentype, m.mapseqno)
                 from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid)
         from pg_catalog.pg_ts_config c
         where c.cfgnamespace = (select oid from space)
           and (('pg_ts_config'::regclass)::oid, c.oid) not in (select classid, objid from extension)
         union all
         select 'text search dictionary', d.dictname, d.dictinitoption
         from pg_catalog.pg_ts_dict d
         where d.dictnamespace = (select oid from space)
           and (('pg_ts_dict'::regclass)::oid, d.oid) not in (select classid, objid from extension))
select kind, name, coalesce(definition, '') as definition
from found
order by kind, name, definition
