-- topic: more tables are joined than join_collapse_limit, and the selective one comes last
-- source: https://github.com/dcm4che/dcm4chee-arc-light/issues/4621
-- expected: cause settings on series; the order of the joins is the written one: raise
--   join_collapse_limit and from_collapse_limit
-- remedy: set join_collapse_limit = 16
-- remedy: set from_collapse_limit = 16
-- before: Seq Scan on series
-- after: Index Scan using series_study_fk_idx
-- measured: cost 4570.74 to 19.33, rows 160036 to 46
create table attrs (pk int primary key, a text);
insert into attrs select i, 'attr ' || i from generate_series(1, 20000) i;
create table patient (pk int primary key, attrs_fk int not null);
insert into patient select i, i from generate_series(1, 20000) i;
create table patient_id (pk int primary key, pat_id text not null, patient_fk int not null);
insert into patient_id select i, 'pat ' || i, i from generate_series(1, 20000) i;
create index patient_id_pat on patient_id (pat_id);
create table study (pk int primary key, patient_fk int not null, attrs_fk int not null);
insert into study select i, i, i from generate_series(1, 20000) i;
create index on study (patient_fk);
create table series (pk int primary key, study_fk int not null, attrs_fk int not null, metadata_fk int);
insert into series select i, i, i, i from generate_series(1, 20000) i;
create index on series (study_fk);
create table metadata (pk int primary key, m text);
insert into metadata select i, 'm' from generate_series(1, 20000) i;
create table study_query (study_fk int primary key, q text);
insert into study_query select i, 'q' from generate_series(1, 20000) i;
create table series_query (series_fk int primary key, q text);
insert into series_query select i, 'q' from generate_series(1, 20000) i;
analyze attrs, patient, patient_id, study, series, metadata, study_query, series_query;
-- query:
select s.pk, a1.a, a2.a as a2, a3.a as a3, m.m, q1.q, q2.q as q2 from series s
join study t on t.pk = s.study_fk
join patient p on p.pk = t.patient_fk
join attrs a1 on a1.pk = p.attrs_fk
left join study_query q1 on q1.study_fk = t.pk
join attrs a2 on a2.pk = t.attrs_fk
left join metadata m on m.pk = s.metadata_fk
left join series_query q2 on q2.series_fk = s.pk
join attrs a3 on a3.pk = s.attrs_fk
where exists (select from patient_id i where i.pat_id = 'pat 77' and i.patient_fk = p.pk);
