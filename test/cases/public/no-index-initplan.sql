-- topic: a key is looked up by a uuid in a scalar subquery
-- source: https://github.com/AppFlowy-IO/AppFlowy-Cloud/pull/954
-- expected: cause no_index on af_user (uuid); a foreign key makes no index on its own column
-- remedy: create index on af_user (uuid)
-- before: Seq Scan on af_user
-- after: af_user_uuid_idx
-- measured: cost 575.32 to 16.62, rows 30001 to 2
create table af_user (uid bigint primary key, uuid uuid not null);
insert into af_user select i, md5(i::text)::uuid from generate_series(1, 30000) i;
create table af_workspace (workspace_id int primary key, owner_uid bigint references af_user);
insert into af_workspace select i, i from generate_series(1, 30000) i;
analyze af_user, af_workspace;
-- query:
select exists (select from af_workspace
	where owner_uid = (select uid from af_user where uuid = md5('77')::uuid) and workspace_id = 77);
