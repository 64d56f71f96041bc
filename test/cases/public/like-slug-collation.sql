-- topic: the next free slug is looked for with LIKE 'slug-%'
-- source: https://github.com/norman/friendly_id/issues/813
-- expected: cause pattern_collation on article (slug); a B-tree under a natural language's
--   collation does not serve LIKE: text_pattern_ops
-- remedy: create index on article (slug text_pattern_ops)
-- before: Seq Scan on article
-- after: article_slug_idx.*~>=~
-- measured: cost 885.00 to 12.86, rows 40000 to 1
create table article (id serial primary key, slug text collate "en-x-icu" not null);
insert into article (slug) select 'slug-' || i || '-of-things' from generate_series(1, 40000) i;
create unique index article_slug on article (slug);
analyze article;
-- query:
select slug from article where slug = 'slug-777' or slug like 'slug-777-%';
