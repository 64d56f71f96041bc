-- topic: an index that begins with the column of the inequality
-- source: https://github.com/matrix-org/sliding-sync/pull/187
-- expected: cause key_position on event (room, is_state, nid); all entries up to the range's end
--   are read and compared: columns with equality first
-- remedy: create index on event (room, is_state, nid)
-- before: (Index Cond: [^\n]*nid <= 39000|Seq Scan on event)
-- after: event_room_is_state_nid_idx
-- measured: cost 1013.00 to 26.29, rows 40000 to 13
create table event (nid int not null, room int not null, is_state boolean not null, body text);
insert into event select i, i % 3000, i % 2 = 0, repeat('b', 40) from generate_series(1, 40000) i;
create index event_nid_room_state on event (nid, room, is_state);
analyze event;
-- query:
select * from event where nid <= 39000 and room = 77 and not is_state;
