-- Where the store ends: the token of a processor that wants only what is new.
SELECT max(global_sequence_id) FROM domain_events;
