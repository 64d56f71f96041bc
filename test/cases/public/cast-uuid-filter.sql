-- topic: a client casts the uuid column to text
-- source: https://github.com/jakob/Postico/issues/184
-- expected: cause cast on device (id); id::text is not in device_pkey: compare id with a uuid
-- remedy: rewrite: select label from device where id = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'
-- changes result: when the value is no uuid (error, not an empty result) or is spelled otherwise
-- before: Seq Scan on device.*\(id\)::text
-- after: Index Scan using device_pkey
-- measured: cost 746.00 to 8.30, rows 30000 to 1
create table device (id uuid primary key, label text);
insert into device select md5(i::text)::uuid, 'device ' || i from generate_series(1, 30000) i;
analyze device;
-- query:
select label from device where id::text = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b';
