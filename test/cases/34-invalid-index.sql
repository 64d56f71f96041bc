-- INVALID index
-- source: GitHub fazer-ai/agents #759; prebid/salesagent #2087; strelov1/freehire PR #2165
-- expected: index is INVALID after a failed CREATE INDEX CONCURRENTLY: DROP/recreate or REINDEX
--   INDEX CONCURRENTLY; a failed unique build needs the duplicates removed first
create table convo (id serial primary key, contact int, inbox int);
insert into convo (contact, inbox) select i % 40000, i % 3 from generate_series(1, 100000) i;
-- error: could not create unique index "convo_contact"
create unique index concurrently convo_contact on convo (contact);
analyze convo;
select cases.expect('select * from convo where contact = 7', 'invalid_index', index => 'convo_contact');
select cases.expect('select * from convo where contact = 7', 'invalid_index', expected_index => 'convo_contact', index => 'convo_contact');
