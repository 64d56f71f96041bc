-- DESC NULLS LAST (Hasura, Drizzle, Supabase)
-- source: GitHub hasura/graphql-engine #657, #1008; drizzle-team/drizzle-orm #5978;
--   supabase/postgrest-js #239
-- expected: ORDER BY d DESC NULLS LAST does not match index (d): make the index (d DESC NULLS
--   LAST) or drop NULLS LAST
create table article (id serial primary key, link text, d timestamptz not null);
insert into article (link, d) select 'l' || i, timestamptz '2018-01-01' + i * interval '1 minute' from generate_series(1, 200000) i;
create index article_d on article (d);
analyze article;
select cases.expect($$select link from article order by d desc nulls last limit 10$$, 'sort_order', index => 'article_d', also => '{no_index}', remedy => 'statement');
select cases.expect($$select link from article order by d desc nulls last limit 10$$, 'sort_order', expected_index => 'article_d', index => 'article_d', also => '{no_index}', rewritten => 'select link from article order by d desc limit 10');
select cases.expect($$select link from article order by d desc limit 10$$, NULL, expected_index => 'article_d');
create index on article (d desc nulls last);
select cases.expect($$select link from article order by d desc nulls last limit 10$$, NULL);
-- mixed directions
create table post14 (id serial primary key, score int not null, created timestamptz not null);
insert into post14 (score, created) select i % 1000, timestamptz '2018-01-01' + i * interval '1 minute' from generate_series(1, 200000) i;
create index post14_sc on post14 (score, created);
analyze post14;
select cases.expect($$select * from post14 order by score desc, created asc limit 10$$, 'sort_order', expected_index => 'post14_sc', index => 'post14_sc', also => '{no_index}', remedy => 'statement');
select cases.expect($$select * from post14 order by score desc, created asc limit 10$$, 'sort_order', index => 'post14_sc', also => '{no_index}', remedy => 'statement');
