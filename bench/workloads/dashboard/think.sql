-- After a refresh, a viewer thinks.
\if :owed = 2
\set pause int(random(2000000, 5000000) * :time_scale)
\sleep :pause us
\set owed 0
\endif
