-- A filter above an index-only scan, whose columns the plan numbers by the index
-- source: GitHub jackmusick/bifrost PR #733 (LIKE $1 in a prepared statement); our own siblings
-- expected: the diagnosis as for the table's columns, not an error
create table document80 (id text collate "C" primary key, n int not null, at timestamptz not null);
insert into document80 select 'folder' || i % 900 || '/file' || i, i, timestamptz '2024-01-01' + i * interval '1 minute' from generate_series(1, 40000) i;
create index document80_n on document80 (n, at, lower(id));
vacuum analyze document80;
select cases.expect('select id from document80 where id like $1', 'unknown_pattern', generic => true, index => 'document80_pkey');
select cases.expect('select id from document80 where id ^@ $1', 'unknown_pattern', generic => true, index => 'document80_pkey');
select cases.expect('select id from document80 where id is distinct from $1', 'negation', generic => true);
select cases.expect($$select n, at from document80 where n = 7 and at + interval '1 hour' > now()$$, 'arithmetic', index => 'document80_n', remedy => 'condition', written => $$at + interval '1 hour' > now()$$);
select cases.expect($$select n from document80 where n between 7 and 900 and lower(id) || 'x' = 'y'$$, 'function', index => 'document80_n', remedy => 'statement');
select cases.expect($$select count(*) from document80 where n + 5 = 17$$, 'arithmetic', index => 'document80_n', remedy => 'condition', written => 'n + 5 = 17');
