-- The start of the store: the token of a processor that reads everything.
SELECT min(global_sequence_id) FROM domain_events;
