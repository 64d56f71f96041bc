-- Where the store begins: the token of a processor that wants everything.
SELECT min(global_sequence_id) FROM domain_events;
