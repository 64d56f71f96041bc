-- What a user does after each of the others: nothing, for 2 to 5 seconds after a search, and for 5
-- after a step of a payment. A smaller --time-scale does not make users think faster: how many there
-- are and how long they think is what the load is, and a run of five per cent of the time would be
-- twenty times the load.
\if :owed
\set pause case when :owed = 1 then random(2000000, 5000000) else 5000000 end
\sleep :pause us
\set owed 0
\endif
