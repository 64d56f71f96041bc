-- topic: a view with the latest message of each recipient, filtered by time
-- source: https://web-dev-qa-db-ja.com/ja/postgresql/l966338032 (dba.stackexchange, "Why does WHERE
--   not get pushed down into a view")
-- expected: cause above_distinct or sort_order on message (sent); sent is not among the columns of
--   DISTINCT ON: a function with the period as parameters, or the query without the view
-- remedy: rewrite: select distinct on (recipient) recipient, sent, body from message where sent
--   between '2024-01-05' and '2024-01-05 02:00' order by recipient, sent desc
-- changes result: often: the latest message within the period is found, not the latest of all, if
--   that is in the period
-- before: Subquery Scan on latest_message.*Filter
-- after: message_sent
-- measured: cost 3957.54 to 15.43, rows 40000 to 121
create table message (id int primary key, recipient int not null, sent timestamp not null, body text);
insert into message
select i, i % 3000, timestamp '2024-01-01' + i * interval '1 minute', 'body' from generate_series(1, 40000) i;
create index message_sent on message (sent);
create index message_recipient on message (recipient, sent);
create view latest_message as
select distinct on (recipient) recipient, sent, body from message order by recipient, sent desc;
analyze message;
-- query:
select * from latest_message where sent between '2024-01-05' and '2024-01-05 02:00';
