-- topic: the most similar rule: a GIN trigram index has no order
-- source: https://github.com/guardian/typerighter/pull/498
-- expected: cause knn on rule (pattern); GIN cannot sort by distance:
--   GiST with gist_trgm_ops
-- remedy: create index on rule using gist (pattern gist_trgm_ops)
-- before: Sort Key.*Seq Scan on rule
-- after: Index Scan using rule_pattern_idx.*Order By
-- measured: cost 239.00 to 0.37, rows 10000 to 1
create extension if not exists pg_trgm;
create table rule (id int primary key, pattern text not null);
insert into rule select i, 'rule ' || substr(md5(i::text), 1, 12) from generate_series(1, 10000) i;
create index rule_pattern_gin on rule using gin (pattern gin_trgm_ops);
analyze rule;
-- query:
select id, pattern from rule order by pattern <-> 'rule 28dd2c7955' limit 1;
