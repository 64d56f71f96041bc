-- topic: an OR of an indexed condition and IN (SELECT ...)
-- source: https://dba.stackexchange.com/questions/114337
-- expected: cause or_subquery on publication (mtid); a subquery under OR is no join and no index
--   condition: = ANY (ARRAY(SELECT ...)), or UNION
-- remedy: rewrite: select mtid from publication where mtid = any (array(select target from citation
--   where source = 5)) or last_modifier = 213
-- before: Seq Scan on publication.*hashed SubPlan
-- after: BitmapOr
-- measured: cost 871.26 to 119.46, rows 40003 to 14
create table publication (mtid int primary key, last_modifier int, title text);
insert into publication select i, i % 5000, 'title ' || i from generate_series(1, 40000) i;
create index publication_modifier on publication (last_modifier);
create table citation (source int, target int);
insert into citation select i % 4000, i from generate_series(1, 10000) i;
create index citation_source on citation (source);
analyze publication, citation;
-- query:
select mtid from publication
where mtid in (select target from citation where source = 5) or last_modifier = 213;
