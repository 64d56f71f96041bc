-- bigint column, numeric parameter (sqlx, postgres.js)
-- source: GitHub transact-rs/sqlx #1029; porsager/postgres #125
-- expected: bigint column is compared with numeric, column gets cast; bind as bigint / cast the
--   parameter
create table tweet (id bigserial primary key, body text, owner_id bigint);
insert into tweet (body, owner_id) select 'b' || i, i % 20000 from generate_series(1, 100000) i;
create index tweet_owner on tweet (owner_id);
analyze tweet;
select cases.expect('select body from tweet where owner_id = 2::numeric', 'value_type', index => 'tweet_owner', remedy => 'condition', written => 'owner_id = 2::numeric');
select cases.expect('select body from tweet where owner_id = $1::numeric', 'value_type', generic => true, index => 'tweet_owner', rewritten => 'select body from tweet where owner_id = $1::bigint');
select cases.expect('select body from tweet where owner_id = $1::numeric', 'value_type', expected_index => 'tweet_owner', generic => true, index => 'tweet_owner');
select cases.expect('select body from tweet where owner_id = $1::bigint', NULL, expected_index => 'tweet_owner', generic => true);
