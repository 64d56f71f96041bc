-- The table of index checks on the terminal.
SELECT check_name AS "index check", expected_index, demand, verdict, used_index, reason
FROM jsonb_to_recordset(:'checks')
     AS c (check_name text, expected_index text, demand text, verdict text, used_index text, reason text);
