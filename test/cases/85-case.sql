-- CASE that chooses a condition or a value
-- source: stackoverflow.com 76736686; our own siblings
-- expected: the same with AND and OR, whose arms have indexes
create table r85 (id int primary key, kind int, code text, flag boolean);
insert into r85 select i, i % 300, 'c' || i, case when i % 5000 = 0 then true when i % 3 = 0 then false end from generate_series(1, 50000) i;
create index r85_kind on r85 (kind); create index r85_code on r85 (code); create index r85_flag on r85 (flag);
analyze r85;
select cases.expect('select * from r85 where case kind when 0 then id <= 100 else id > 49900 end', 'case_expression', remedy => 'condition', written => 'case kind when 0 then id <= 100 else id > 49900 end');
select cases.expect('select * from r85 where case when flag then id = 5000 when kind = 7 then true else false end', 'case_expression', remedy => 'condition', written => 'case when flag then id = 5000 when kind = 7 then true else false end');
select cases.expect($$select * from r85 where case kind when 5 then 'five' when 6 then 'six' else 'other' end = 'six'$$, 'case_expression', index => 'r85_kind', remedy => 'condition', written => $$case kind when 5 then 'five' when 6 then 'six' else 'other' end = 'six'$$);
select cases.expect($$select * from r85 where case when kind = 5 then id end = 305$$, 'case_expression', remedy => 'condition', written => $$case when kind = 5 then id end = 305$$);
select cases.expect($$select * from r85 where case when flag then code else 'x' end = $1$$, 'case_expression', generic => true);
select cases.expect('select * from r85 where case when $1::int is null then true else kind = $1 end', 'optional_parameter', generic => true, index => 'r85_kind');
do $$
declare
    condition text;
    remedy text;
    difference bigint;
begin
    foreach condition in array array['case kind when 0 then id <= 100 else id > 49900 end', 'case when flag then id = 5000 when kind = 7 then true else false end',
        'case kind when 5 then ''five'' when 6 then ''six'' else ''other'' end = ''six''', 'case when kind = 5 then id end = 305', 'case when flag then 1 when not flag then 2 else 3 end = 2',
        'case when flag then null else kind end > 290']
    loop
        remedy := (select remedy_sql from perfkit_diagnose('select * from r85 where ' || condition) where cause = 'case_expression' limit 1);
        execute format('select count(*) from r85 where ((%s) is true) <> ((%s) is true)', condition, remedy) into difference;
        if difference > 0 or remedy is null then
            raise exception '%: % differs in % rows', condition, remedy, difference;
        end if;
    end loop;
end $$;
