-- topic: an index on COALESCE(score, 0) DESC, an ORDER BY score DESC NULLS LAST
-- source: https://zer0one.codes/en/insights/expression-index-identitaet
-- expected: cause sort_expression on firm (quality_score); the index sorts by another
--   expression: an index on (quality_score DESC NULLS LAST)
-- remedy: create index on firm (quality_score desc nulls last)
-- before: Sort Key: quality_score DESC NULLS LAST
-- after: Index Scan using firm_quality_score_idx
-- measured: cost 1971.90 to 2.60, rows 40000 to 50
create table firm (id int primary key, name text, quality_score int);
insert into firm select i, 'firm ' || i, case when i % 3 > 0 then (i * 7919) % 10007 end from generate_series(1, 40000) i;
create index firm_quality_desc on firm ((coalesce(quality_score, 0)) desc);
analyze firm;
-- query:
select id, name, quality_score from firm order by quality_score desc nulls last limit 50;
