-- Trigram: 2 characters, similarity(), KNN
-- source: GitHub brocaar/chirpstack-application-server #120; NyaaPantsu/nyaa #561;
--   ENTERPILOT/GoModel PR #744; Casecommons/pg_search #278, #415
-- expected: a pattern of two characters has no trigram: the index would be read whole; require
--   3 characters
create table torrents (id serial primary key, torrent_name text);
insert into torrents (torrent_name) select md5(i::text) || ' some anime ' || i from generate_series(1, 60000) i;
create index torrents_trgm on torrents using gin (torrent_name gin_trgm_ops);
analyze torrents;
select cases.expect($$select * from torrents where torrent_name ilike '%zq%'$$, 'short_pattern', index => 'torrents_trgm');
select cases.expect($$select * from torrents where torrent_name ilike '%zq%'$$, 'short_pattern', expected_index => 'torrents_trgm', index => 'torrents_trgm');
select cases.expect($$select * from torrents where torrent_name ilike '%zqx%'$$, NULL, expected_index => 'torrents_trgm');
-- similarity() function instead of the % operator
select cases.expect($$select * from torrents where similarity(torrent_name, 'abcdef') > 0.3$$, 'function_not_operator', expected_index => 'torrents_trgm', index => 'torrents_trgm', rewritten => $$select * from torrents where torrent_name % 'abcdef'$$);
-- KNN needs gist
select cases.expect($$select * from torrents order by torrent_name <-> 'abcdef' limit 5$$, 'knn', expected_index => 'torrents_trgm', remedy => 'statement');
select cases.expect($$select * from torrents order by torrent_name <-> 'abcdef' limit 5$$, 'knn', remedy => 'statement');
select cases.expect($$select * from torrents order by similarity(torrent_name, 'abcdef') desc limit 5$$, 'sort_expression', also => '{no_index}', index => 'torrents_trgm');
