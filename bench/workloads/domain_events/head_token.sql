-- The end of the store: the token of a processor that reads only what is new.
SELECT max(global_sequence_id) FROM domain_events;
