-- topic: an ORM takes a part of a document as text and casts it back to jsonb
-- source: https://github.com/JasperFx/marten/issues/1345
-- expected: cause function or cast on doc_issue (data); the index has data -> 'Tags', the
--   condition a cast of data ->> 'Tags'
-- remedy: rewrite: select id from doc_issue where (data -> 'Tags') ?| array['tag77', 'tag78']
-- before: Seq Scan on doc_issue
-- after: doc_issue_tags
-- measured: cost 567.00 to 27.39, rows 20000 to 8
create table doc_issue (id int primary key, data jsonb not null);
insert into doc_issue select i, jsonb_build_object('Tags', jsonb_build_array('tag' || i % 5000)) from generate_series(1, 20000) i;
create index doc_issue_tags on doc_issue using gin ((data -> 'Tags'));
analyze doc_issue;
-- query:
select id from doc_issue where cast(data ->> 'Tags' as jsonb) ?| array['tag77', 'tag78'];
