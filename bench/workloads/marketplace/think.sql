-- What a user does after each of the others: nothing, for 2 to 5 seconds after a search, and for 5
-- after a step of a payment.
\if :owed
\set pause case when :owed = 1 then random(2000000, 5000000) else 5000000 end
\set pause int(:pause * :time_scale)
\sleep :pause us
\set owed 0
\endif
