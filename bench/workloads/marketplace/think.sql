-- Users think for 2 to 5 seconds after a search or program_details, and for 5 after a step of a
-- payment. At first, they arrive one by one within 5 seconds.
--
-- --time-scale does not make users think faster. Their number and their think times are the load,
-- which would be twenty times as heavy at a scale of 0.05.
\if :owed
\set pause case when :owed = 1 then random(2000000, 5000000) when :owed = 2 then 5000000 else random(0, 5000000) end
\sleep :pause us
\set owed 0
\endif
