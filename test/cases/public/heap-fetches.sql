-- topic: an index-only scan that reads the table all the same
-- source: https://github.com/alphagov/notifications-api/pull/3435
-- expected: cause heap_fetches on notification; rows have been updated since the last VACUUM, so
--   that their pages are not all-visible: VACUUM
-- remedy: vacuum notification
-- before: Index Only Scan
-- after: Index Only Scan
-- measured: cost 36.09 to 36.09, rows 1000 to 0
create table notification (id int primary key, service int, day date, status text) with (fillfactor = 50);
insert into notification
select i, i % 10, date '2022-01-01' + i % 30, 'sending' from generate_series(1, 30000) i;
create index notification_service_day on notification (service, day);
vacuum analyze notification;
update notification set status = 'delivered';
-- query:
select day, count(*) from notification where service = 3 and day >= '2022-01-20' group by day;
