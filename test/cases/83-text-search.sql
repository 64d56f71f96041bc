-- Text search by another expression than the index's
-- source: Casecommons/pg_search #286 (coalesce), Django ticket 31304 (configuration); our own
--   siblings
-- expected: the index's expression named, and what differs; an index on the query's expression if
--   it can have one
create table page83 (id int primary key, title text, body text, tags text);
insert into page83 select i, case when i % 3 = 0 then 'title' || i end, 'some text with word' || i || ' in it', 'tag' || i % 50 from generate_series(1, 10000) i;
create index page83_body on page83 using gin (to_tsvector('english', body));
create index page83_both on page83 using gin (to_tsvector('simple', coalesce(title, '') || ' ' || body));
create index page83_tags on page83 (lower(tags));
create index page83_title on page83 (upper(title) text_pattern_ops);
analyze page83;
select cases.expect($$select id from page83 where to_tsvector('german', body) @@ to_tsquery('german', 'word777')$$, 'function', index => 'page83_body', remedy => 'statement');
select cases.expect($$select id from page83 where to_tsvector(body) @@ to_tsquery('english', 'word777')$$, 'not_immutable', index => 'page83_body', rewritten => $$select id from page83 where to_tsvector('english', body) @@ to_tsquery('english', 'word777')$$);
select cases.expect($$select id from page83 where to_tsvector('english', coalesce(body, '')) @@ to_tsquery('english', 'word777')$$, 'function', index => 'page83_body', remedy => 'statement');
select cases.expect($$select id from page83 where to_tsvector('simple', title || ' ' || body) @@ to_tsquery('simple', 'word777')$$, 'function', index => 'page83_both', remedy => 'statement');
select cases.expect($$select id from page83 where to_tsvector('english', tags) @@ to_tsquery('english', 'tag7')$$, 'no_index', remedy => 'statement');
select cases.expect($$select id from page83 where upper(tags) = 'TAG7'$$, 'function', index => 'page83_tags', remedy => 'statement');
select cases.expect($$select id from page83 where upper(title) like '%777'$$, 'leading_wildcard', index => 'page83_title', remedy => 'statement');
select cases.expect($$select id from page83 where strpos(tags, 'tag7') > 0$$, 'unknown', also => '{no_index,function}');
