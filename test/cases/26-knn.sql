-- KNN ORDER BY <->, distance < r
-- source: postgis-python.com "implementing KNN search with <->"; geospatial-api.com; newbedev
--   "ST_Distance doesn't use index" (modelled with the built-in point type)
-- expected: order by the operator <-> (not a function or an expression of it, not DESC), gist
--   index; within distance: <@ circle rather than distance < r
create table loc (id serial primary key, p point, name text);
insert into loc (p, name) select point((i::bigint * 7919) % 10007, (i::bigint * 104729) % 9973), 'n' || i from generate_series(1, 60000) i;
analyze loc;
select cases.expect($$select * from loc order by p <-> point(5, 5) limit 5$$, 'knn', remedy => 'statement');
create index loc_gist on loc using gist (p);
select cases.expect($$select * from loc order by p <-> point(5, 5) limit 5$$, NULL, expected_index => 'loc_gist');
select cases.expect($$select * from loc order by point_distance(p, point(5, 5)) limit 5$$, 'function_not_operator', index => 'loc_gist', rewritten => 'select * from loc order by p <-> point(5, 5) limit 5');
select cases.expect($$select * from loc order by point_distance(p, point(5, 5)) limit 5$$, 'function_not_operator', expected_index => 'loc_gist', index => 'loc_gist');
select cases.expect($$select * from loc order by p <-> point(5, 5) desc limit 5$$, 'sort_order', expected_index => 'loc_gist', index => 'loc_gist');
select cases.expect($$select * from loc where p <-> point(5, 5) < 10$$, 'distance', expected_index => 'loc_gist', index => 'loc_gist', also => '{no_index}', rewritten => 'select * from loc where p <@ circle(point(5, 5), 10)');
select cases.expect($$select * from loc where p <@ circle(point(5, 5), 10)$$, NULL, expected_index => 'loc_gist');
select cases.expect($$select * from loc order by round((p <-> point(5, 5))::numeric, 2) limit 5$$, 'sort_expression', expected_index => 'loc_gist', also => '{no_index}', index => 'loc_gist');
