-- Arithmetic, COALESCE and truncated times, solved for the column
-- source: GitHub flanksource/config-db #1052 (now() - created_at), timgit/pg-boss #126; our own
--   siblings
-- expected: the condition with the column alone on one side; where that would be another question,
--   an index on the expression or words
create table t82 (id int primary key, b bigint, small smallint, n numeric, f float8, d date, ts timestamp, tz timestamptz, t text, doc jsonb, iv interval);
insert into t82 select i, i, i % 30000, i, i, date '2000-01-01' + i % 9000, timestamp '2024-01-01' + i * interval '1 minute', timestamptz '2024-01-01' + i * interval '1 minute', 't' || i,
    jsonb_build_object('k', i), i * interval '1 minute' from generate_series(1, 40000) i;
create index t82_b on t82 (b); create index t82_small on t82 (small); create index t82_n on t82 (n); create index t82_f on t82 (f); create index t82_d on t82 (d);
create index t82_ts on t82 (ts); create index t82_tz on t82 (tz); create index t82_t on t82 (t); create index t82_doc on t82 (doc); create index t82_iv on t82 (iv);
analyze t82;
select cases.expect('select id from t82 where b - 5 = 7', 'arithmetic', index => 't82_b', remedy => 'condition', written => 'b - 5 = 7');
select cases.expect('select id from t82 where 10 - b > -5', 'arithmetic', index => 't82_b', remedy => 'condition', written => '10 - b > -5');
select cases.expect('select id from t82 where n + 1.5 <= 7', 'arithmetic', index => 't82_n', remedy => 'condition', written => 'n + 1.5 <= 7');
select cases.expect('select id from t82 where f + 1.5 = 7.5', 'arithmetic', index => 't82_f', remedy => 'condition', written => 'f + 1.5 = 7.5');
select cases.expect($$select id from t82 where d - date '2000-01-01' = 7$$, 'arithmetic', index => 't82_d', remedy => 'condition', written => $$d - date '2000-01-01' = 7$$);
select cases.expect($$select id from t82 where ts + interval '1 hour' < '2024-01-01 02:00'$$, 'arithmetic', index => 't82_ts', remedy => 'condition', written => $$ts + interval '1 hour' < '2024-01-01 02:00'$$);
select cases.expect($$select id from t82 where timestamptz '2024-01-29 00:00Z' - tz <= interval '1 day'$$, 'arithmetic', index => 't82_tz', remedy => 'condition', written => $$timestamptz '2024-01-29 00:00Z' - tz <= interval '1 day'$$);
select cases.expect($$select id from t82 where tz + $1 < now()$$, 'arithmetic', generic => true, index => 't82_tz', also => '{large_share}');
select cases.expect($$select id from t82 where iv - interval '1 min' = '5 min'$$, 'arithmetic', index => 't82_iv', remedy => 'condition', written => $$iv - interval '1 min' = '5 min'$$);
-- no value of the type: the sum overflows
select cases.expect('select id from t82 where small - 32767::smallint = 32767::smallint', 'arithmetic', index => 't82_small', remedy => 'statement');
-- a product is not divided, and a document has no opposite of -
select cases.expect('select id from t82 where b * 2 = 10', 'arithmetic', index => 't82_b', remedy => 'statement');
select cases.expect($$select id from t82 where doc - 'k' = '{"x": 1}'$$, 'function', index => 't82_doc', remedy => 'statement');
select cases.expect($$select id from t82 where coalesce(t, '') = 't7'$$, 'function', index => 't82_t', remedy => 'condition', written => $$coalesce(t, '') = 't7'$$);
select cases.expect('select id from t82 where coalesce(b, 0) < 5', 'function', index => 't82_b', remedy => 'condition', written => 'coalesce(b, 0) < 5');
select cases.expect('select id from t82 where coalesce(b, 0) = $1', 'function', generic => true, index => 't82_b');
select cases.expect($$select id from t82 where ts::date = '2024-01-03'$$, 'cast', index => 't82_ts', rewritten => $$select id from t82 where ts >= '2024-01-03'::date AND ts < '2024-01-03'::date + 1$$);
select cases.expect($$select id from t82 where tz::date <= '2024-01-01'$$, 'not_immutable', index => 't82_tz', remedy => 'condition', written => $$tz::date <= '2024-01-01'$$);
select cases.expect($$select id from t82 where date_trunc('hour', ts) > '2024-01-28 10:00'$$, 'function', index => 't82_ts', remedy => 'condition', written => $$date_trunc('hour', ts) > '2024-01-28 10:00'$$);
select cases.expect($$select id from t82 where to_char(tz, 'YYYY-MM-DD') = '2024-01-03'$$, 'not_immutable', index => 't82_tz');
select cases.expect($$select id from t82 where to_char(tz, 'Dy') = 'Mon' and b = 5.0$$, 'value_type', index => 't82_b');
select cases.expect('delete from t82 where b + 0 = 7', 'arithmetic', index => 't82_b', remedy => 'condition', written => 'b + 0 = 7');

-- The condition that is advised finds the same rows.
do $$
declare
    condition text;
    found record;
    difference bigint;
begin
    foreach condition in array array['b - 5 = 7', '10 - b > -5', 'n + 1.5 <= 7', 'd - date ''2000-01-01'' = 7', 'ts + interval ''1 hour'' < ''2024-01-01 02:00''',
        'timestamptz ''2024-01-29 00:00Z'' - tz <= interval ''1 day''', 'coalesce(t, '''') = ''t7''', 'coalesce(b, 0) < 5', 'ts::date = ''2024-01-03''', 'tz::date <= ''2024-01-01''', 'tz::date > ''2024-01-27''',
        'date_trunc(''hour'', ts) > ''2024-01-28 10:00''', 'b::text = ''7''', 'd::timestamp >= ''2024-08-01''']
    loop
        select * into found from perfkit_diagnose('select id from t82 where ' || condition) limit 1;
        execute format('select count(*) from t82 where (%s) is distinct from (%s)', condition, found.remedy_sql) into difference;
        if difference > 0 or found.remedy_sql is null then
            raise exception '%: % differs in % rows', condition, found.remedy_sql, difference;
        end if;
    end loop;
end $$;
-- a range of the column, written as containment (which later servers take apart themselves)
select case when current_setting('server_version_num')::int < 170000 then cases.expect($$select id from t82 where ts <@ tsrange('2024-01-03', '2024-01-03 02:00')$$, 'operator_class', index => 't82_ts', remedy => 'condition', written => $$ts <@ tsrange('2024-01-03', '2024-01-03 02:00')$$) else 'ok - not for this server' end;
