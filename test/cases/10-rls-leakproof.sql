-- RLS, non-leakproof operator
-- source: GitHub LanternOps/breeze PR #2786; PostgreSQL docs (leakproof); many Supabase threads
-- expected: under RLS an index condition with a non-leakproof operator (->>, LIKE, =  on an
--   expression) is not pushed before the policy; filter by a leakproof column, or mark
--   leakproof
create role app10; grant all on schema public to app10;
create table audit (id serial primary key, org_id int, details jsonb, resource uuid);
insert into audit (org_id, details, resource) select i % 50, jsonb_build_object('deviceId', 'd' || i % 20000), md5(i::text)::uuid from generate_series(1, 100000) i;
create index audit_device on audit ((details->>'deviceId'));
create index audit_res on audit (resource);
analyze audit;
alter table audit enable row level security;
create function has_access(o int) returns boolean language plpgsql stable as 'begin return o < 100; end';
create policy p on audit using (has_access(org_id));
grant select on audit to app10;
select cases.expect($$select * from audit where details->>'deviceId' = 'd5'$$, NULL, expected_index => 'audit_device');
set role app10;
select cases.expect($$select * from audit where details->>'deviceId' = 'd5'$$, 'row_security', index => 'audit_device');
select cases.expect($$select * from audit where details->>'deviceId' = 'd5'$$, 'row_security', expected_index => 'audit_device', index => 'audit_device');
select cases.expect($$select * from audit where resource = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'$$, NULL, expected_index => 'audit_res');
reset role;
drop owned by app10; drop role app10;
