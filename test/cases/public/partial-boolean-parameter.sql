-- topic: a partial index on a boolean, whose value is a parameter
-- source: https://github.com/rails/rails/issues/22566
-- expected: cause partial_predicate on tweet (tweeted_at) where recent; a parameter implies no
--   predicate in a generic plan: write the constant
-- remedy: rewrite: select min(tweeted_at) from tweet where recent = true
-- parameters: true
-- before: (?!.*index_tweets_recent)
-- after: index_tweets_recent
-- measured: cost 1006.51 to 0.33, rows 50000 to 1
create table tweet (id int primary key, tweeted_at timestamp not null, recent boolean not null);
insert into tweet
select i, timestamp '2015-01-01' + i * interval '1 minute', i > 49000 from generate_series(1, 50000) i;
create index index_tweets_recent on tweet (tweeted_at) where recent;
analyze tweet;
-- query:
select min(tweeted_at) from tweet where recent = $1;
