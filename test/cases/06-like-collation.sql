-- LIKE prefix, regex, ^@, starts_with, LIKE $1 under a non-C collation
-- source: GitHub hapifhir/hapi-fhir #5547; forkbb/forkbb #8; CERT-Polska/mwdb-core PR #959
-- expected: database collation not C, btree serves LIKE 'x%' only with text_pattern_ops
--   (varchar_pattern_ops) or COLLATE "C"
create table spidx (id serial, hash_norm int, sp_value varchar(200));
insert into spidx (hash_norm, sp_value) select i % 40, upper(md5(i::text)) from generate_series(1, 100000) i;
create index idx_sp on spidx (sp_value);
analyze spidx;
select cases.expect($$select * from spidx where sp_value like 'ABCD%'$$, 'pattern_collation', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where sp_value like 'ABCD%'$$, 'pattern_collation', expected_index => 'idx_sp', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where sp_value ~ '^ABCD'$$, 'pattern_collation', expected_index => 'idx_sp', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where starts_with(sp_value, 'ABCD')$$, 'pattern_collation', expected_index => 'idx_sp', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where sp_value ^@ 'ABCD'$$, 'pattern_collation', expected_index => 'idx_sp', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where left(sp_value, 4) = 'ABCD'$$, 'function', expected_index => 'idx_sp', also => '{no_index}', index => 'idx_sp', remedy => 'statement');
select cases.expect($$select * from spidx where sp_value like $1$$, 'unknown_pattern', expected_index => 'idx_sp', generic => true, index => 'idx_sp');
create index idx_sp_p on spidx (sp_value varchar_pattern_ops);
select cases.expect($$select * from spidx where sp_value like 'ABCD%'$$, NULL, expected_index => 'idx_sp_p');
select cases.expect($$select * from spidx where sp_value like $1$$, 'unknown_pattern', expected_index => 'idx_sp_p', generic => true, index => 'idx_sp_p');
