-- topic: decisions that begin within a range of days, by lower() of a range column
-- source: https://github.com/espoon-voltti/evaka/pull/2878
-- expected: cause function on fee_decision (valid_during); GiST has the range, not its lower bound
-- remedy: rewrite: select id from fee_decision where valid_during && daterange('2022-05-01',
--   '2022-05-02', '[]') and valid_during &> daterange('2022-05-01', '2022-05-02', '[]')
-- before: Seq Scan on fee_decision
-- after: fee_decision_valid
-- measured: cost 855.00 to 73.45, rows 40000 to 20
create table fee_decision (id int primary key, valid_during daterange not null);
insert into fee_decision
select i, daterange(date '2015-01-01' + i / 10, date '2015-01-01' + i / 10 + 5) from generate_series(1, 40000) i;
create index fee_decision_valid on fee_decision using gist (valid_during);
analyze fee_decision;
-- query:
select id from fee_decision where daterange('2022-05-01', '2022-05-02', '[]') @> lower(valid_during);
