-- Soft delete, partial index, OR (Sequelize)
-- source: GitHub sequelize/sequelize #10330
-- expected: query says (deletedAt > ts OR deletedAt IS NULL): does not imply predicate
--   deletedAt IS NULL; drop the first arm
create table "Entities" (id serial primary key, "groupId" int, "deletedAt" timestamptz);
insert into "Entities" ("groupId", "deletedAt") select i % 5000, case when i % 4 = 0 then now() - interval '1 day' end from generate_series(1, 100000) i;
create index not_deleted_rec_index on "Entities" ("groupId") where "deletedAt" is null;
analyze "Entities";
select cases.expect($$select * from "Entities" where "groupId" = 42 and ("deletedAt" > now() or "deletedAt" is null)$$, 'partial_predicate', also => '{no_index}', index => 'not_deleted_rec_index', remedy => 'statement', rewritten => $$select * from "Entities" where "groupId" = 42 and "deletedAt" is null$$);
select cases.expect($$select * from "Entities" where "groupId" = 42 and ("deletedAt" > now() or "deletedAt" is null)$$, 'partial_predicate', expected_index => 'not_deleted_rec_index', also => '{no_index}', index => 'not_deleted_rec_index');
select cases.expect($$select * from "Entities" where "groupId" = 42 and "deletedAt" is null$$, NULL, expected_index => 'not_deleted_rec_index');
