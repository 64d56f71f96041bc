-- Second column of a composite index (Supabase, habr)
-- source: habr.com articles 992660 (full index scan by an unselective criterion); Supabase docs
--   PR #49017 (membership keyed (team_id, user_id))
-- expected: the condition is on the second column only: the whole index is walked (or a seq
--   scan); index the column itself
create table members (team_id uuid, user_id uuid, role text, primary key (team_id, user_id));
insert into members select md5((i % 20000)::text)::uuid, md5((i % 17000)::text || 'u')::uuid, repeat('r', 100) from generate_series(1, 200000) i on conflict do nothing;
analyze members;
select cases.expect($$select * from members where user_id = 'cfcd2084-95d5-65ef-66e7-dff9f98764da'$$, 'key_position', index => 'members_pkey', remedy => 'statement');
select cases.expect($$select * from members where user_id = 'cfcd2084-95d5-65ef-66e7-dff9f98764da'$$, 'key_position', expected_index => 'members_pkey', also => '{no_index,large_share,small_table}', index => 'members_pkey');
set enable_seqscan = off;
select cases.expect($$select * from members where user_id = 'cfcd2084-95d5-65ef-66e7-dff9f98764da'$$, 'key_position', also => '{settings}', index => 'members_pkey', remedy => 'statement');
reset enable_seqscan;
create table idx_scan (domain_id bigint, u_id uuid, name text, p_id bigint, primary key (u_id, domain_id));
insert into idx_scan select 0, md5(i::text)::uuid, repeat('some ', 40), i % 1000 from generate_series(1, 50000) i;
vacuum analyze idx_scan;
-- index is used, but all of it
select cases.expect($$select * from idx_scan where domain_id = 0 and p_id = 5$$, 'key_position', index => 'idx_scan_pkey');
