-- topic: to_tsvector without a configuration, the index has one
-- source: https://code.djangoproject.com/ticket/31304
-- expected: cause not_immutable on page (to_tsvector('english', body)); the one-argument function
--   depends on default_text_search_config: name the index's configuration in the query
-- remedy: rewrite: select id from page where to_tsvector('english', body) @@
--   plainto_tsquery('english', 'word777')
-- changes result: when default_text_search_config is not english
-- before: Seq Scan on page
-- after: Bitmap Index Scan on page_body
-- measured: cost 2709.00 to 101.79, rows 10000 to 1
set default_text_search_config = 'english';
create table page (id int primary key, body text not null);
insert into page select i, 'some text with word' || i || ' in it' from generate_series(1, 10000) i;
create index page_body on page using gin (to_tsvector('english', body));
analyze page;
-- query:
select id from page where to_tsvector(body) @@ plainto_tsquery('english', 'word777');
