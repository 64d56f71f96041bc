-- After the initial load, a viewer looks at the dashboard.
\if :owed = 1
\set pause int(5000000 * :time_scale)
\sleep :pause us
\set owed 0
\endif
