-- What a user does after each of the others: nothing, for 2 to 5 seconds after a search, and for 5
-- after a step of a payment. At first, users arrive one by one within 5 seconds.
--
-- A smaller --time-scale does not make users think faster: how many there are and how long they
-- think is the load, and at five per cent of the time it would be twenty times as heavy.
\if :owed
\set pause case when :owed = 1 then random(2000000, 5000000) when :owed = 2 then 5000000 else random(0, 5000000) end
\sleep :pause us
\set owed 0
\endif
