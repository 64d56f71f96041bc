-- Scalability: how throughput grows with the number of clients.

CREATE FUNCTION perfkit_scalability(
    clients double precision[],
    throughput double precision[],
    confidence double precision DEFAULT 0.95,
    OUT single double precision,
    OUT single_lower double precision,
    OUT single_upper double precision,
    OUT contention double precision,
    OUT contention_lower double precision,
    OUT contention_upper double precision,
    OUT coherency double precision,
    OUT coherency_lower double precision,
    OUT coherency_upper double precision,
    OUT peak_clients double precision,
    OUT throughput_limit double precision,
    OUT error double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'perfkit_scalability';

COMMENT ON FUNCTION perfkit_scalability(double precision[], double precision[], double precision) IS
'The Universal Scalability Law, fitted to measurements of throughput.
X(N) = single * N / (1 + contention * (N - 1) + coherency * N * (N - 1)), after N. Gunther. clients:
numbers of clients, at least 1; throughput: what each of them achieved, above 0, in any unit; up to
10,000 measurements, and a number of clients may be there several times. confidence: that of the
intervals, 0.5 to 0.999.
single: throughput of one client. contention: what clients lose by waiting for each other. coherency:
what they lose by having to agree with each other. None is negative. An upper end may be Infinity.
peak_clients: the number of clients with the highest throughput; NULL: none within the range
measured. throughput_limit: what more clients approach, where coherency is 0 and contention is not.
error: standard deviation of the measurements around the curve, as a share of it.
All are NULL with fewer than 6 different numbers of clients.
Errors: 22023 an argument is out of range or a number is missing, 22004 an argument is null';
