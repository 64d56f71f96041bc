# Histograms in binary: what is sent is read again, and what no histogram is is refused, whatever
# its bytes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PerfkitCluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PerfkitCluster->new('main');
my $file = PostgreSQL::Test::Utils::tempdir() . '/binary';

# read_as_histogram(bytea): what the receive function makes of bytes, by way of a binary file: the
# histogram's bytes, or the error.
$node->safe_psql('postgres', <<"SQL");
CREATE TABLE given (bytes bytea);
CREATE TABLE taken (h perfkit_histogram);
CREATE FUNCTION read_as_histogram(bytes bytea) RETURNS text LANGUAGE plpgsql AS \$\$
BEGIN
	DELETE FROM given;
	DELETE FROM taken;
	INSERT INTO given VALUES (bytes);
	COPY given TO '$file' (FORMAT binary);
	COPY taken FROM '$file' (FORMAT binary);
	RETURN (SELECT CASE WHEN perfkit_histogram_send(h) = bytes THEN 'same' ELSE 'other' END FROM taken);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
\$\$;
SQL

sub is_read
{
	my ($bytes, $expected, $name) = @_;
	return is($node->safe_psql('postgres', "SELECT read_as_histogram('\\x$bytes')"), $expected, $name);
}
is_read('01', 'same', 'an empty histogram');
is_read('010000049501fa0701fe57ffff03', 'same', 'a histogram');
is_read('0100feffffffffffffff7f', 'same', 'the largest count');
is_read('', '22P03', 'no byte');
is_read('02', '22P03', 'a version that does not exist');
is_read('010000049501fa0701fe57ffff', '22P03', 'a count that is cut off');
is_read('010000049501fa0701fe57', '22P03', 'a bucket without a count');
is_read('01806000', '22P03', 'a bucket after the last');
is_read('01850000', '22P03', 'a number with a superfluous byte');
is_read('0100ffffffffffffffff7f', '22P03', 'a count that is too large');
is_read('0100feffffffffffffff7f0000', '22P03', 'a sum of counts that is too large');

# A real one, with one byte changed, or cut off anywhere.
is( $node->safe_psql('postgres', <<'SQL'), 't|t|t', 'damaged bytes are refused, or are another histogram');
SELECT setseed(0.5) \g /dev/null
WITH real AS (
	SELECT perfkit_histogram_send(perfkit_histogram_agg((1000 * exp(i / 40.0))::bigint)) AS bytes FROM generate_series(1, 400) i
), damaged AS (
	SELECT read_as_histogram(CASE WHEN n % 2 = 0 THEN substr(bytes, 1, n % length(bytes))
		ELSE set_byte(bytes, (random() * (length(bytes) - 1))::int, (random() * 255)::int) END) AS result
	FROM real, generate_series(1, 1500) n
)
SELECT bool_and(result IN ('same', '22P03')), bool_or(result = 'same'), bool_or(result = '22P03') FROM damaged;
SQL

# Bytes that came past all of that, as by a superuser's cast, are an error rather than a crash.
$node->safe_psql('postgres', 'CREATE CAST (bytea AS perfkit_histogram) WITHOUT FUNCTION');
foreach my $use ('perfkit_quantile(%s, 0.5)', 'perfkit_count(%s)', '%s::text', '%s + %1$s', 'perfkit_histogram_agg(%s)', 'perfkit_histogram_buckets(%s)')
{
	my (undef, undef, $error) = $node->psql('postgres', sprintf("\\set VERBOSITY sqlstate\nSELECT $use", q{'\x0185'::bytea::perfkit_histogram}));
	like($error, qr/ERROR:  XX001/, "$use of corrupt bytes");
}

$node->stop;
done_testing();
