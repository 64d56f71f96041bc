/*
 * histogram_type.c
 *	  Type perfkit_histogram: its values, and their text and binary forms.
 *
 * Signatures:
 *	  perfkit_histogram_in(text_form cstring) -> perfkit_histogram
 *	  perfkit_histogram_out(histogram perfkit_histogram) -> cstring
 *	  perfkit_histogram_recv(buffer internal) -> perfkit_histogram
 *	  perfkit_histogram_send(histogram perfkit_histogram) -> bytea
 *
 * The binary form is the coding that is stored. The text form has, for each bucket that is not
 * empty, its middle and its count: {850:3,2001:1}. A dump of either form restores the same bytes,
 * since a bucket's middle is one of its values.
 */
#include "postgres.h"

#include "common/int.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "common/compat.h"
#include "measure/histogram_type.h"

PG_FUNCTION_INFO_V1(perfkit_histogram_in);
PG_FUNCTION_INFO_V1(perfkit_histogram_out);
PG_FUNCTION_INFO_V1(perfkit_histogram_recv);
PG_FUNCTION_INFO_V1(perfkit_histogram_send);

static void *
allocate_counters(void *owner, size_t size)
{
	return MemoryContextAllocZero((MemoryContext) owner, size);
}

PkHistogram *
pk_histogram_new(MemoryContext context)
{
	PkHistogram *histogram = MemoryContextAlloc(context, sizeof(PkHistogram));

	pk_histogram_init(histogram, allocate_counters, context);
	return histogram;
}

Datum
pk_histogram_datum(const PkHistogram *histogram)
{
	size_t size = VARHDRSZ + pk_histogram_coded_size(histogram);
	struct varlena *value = palloc(size);

	SET_VARSIZE(value, size);
	pk_histogram_encode(histogram, (uint8_t *) VARDATA(value));
	return PointerGetDatum(value);
}

PkBucketReader
pk_histogram_reader(Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	PkBucketReader reader;

	pk_bucket_reader_init(&reader, (uint8_t *) VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	return reader;
}

void
pk_histogram_check_read(const PkBucketReader *reader)
{
	if (reader->malformed)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("histogram is corrupt")));
}

static void
raise_overflow(void)
{
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("histogram has too many latencies"),
					errdetail("It can count " INT64_FORMAT ".", PG_INT64_MAX)));
}

void
pk_histogram_count(PkHistogram *histogram, int bucket, int64 count)
{
	if (!pk_histogram_add(histogram, bucket, count))
		raise_overflow();
}

void
pk_histogram_add_datum(PkHistogram *histogram, Datum value)
{
	PkBucketReader reader = pk_histogram_reader(value);

	while (pk_bucket_read(&reader))
		pk_histogram_count(histogram, reader.bucket, reader.count);
	pk_histogram_check_read(&reader);
}

void
pk_histogram_add_all(PkHistogram *histogram, const PkHistogram *other)
{
	if (!pk_histogram_merge(histogram, other))
		raise_overflow();
}

static void
skip_space(const char **at)
{
	while (**at == ' ' || (**at >= '\t' && **at <= '\r'))
		(*at)++;
}

/* Whether the next character that is not white space is this one: then step over it. */
static bool
take(const char **at, char wanted)
{
	skip_space(at);
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

/*
 * Whether the next thing is a number without a sign: then step over it. It is -1 if it is too
 * large.
 */
static bool
take_number(const char **at, int64 *number)
{
	*number = 0;
	skip_space(at);
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++)
		if (*number >= 0 && (pg_mul_s64_overflow(*number, 10, number) ||
							 pg_add_s64_overflow(*number, **at - '0', number)))
			*number = -1;
	return true;
}

/*
 * Any value of a bucket will do for it, values larger than the largest as in the aggregate, and
 * buckets may come in any order and more than once. Errors are soft where the server has these.
 */
Datum
perfkit_histogram_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *at = text;
	PkHistogram *histogram = pk_histogram_new(CurrentMemoryContext);
	bool well_formed = take(&at, '{');
	bool in_range = true;
	bool done = well_formed && take(&at, '}');

	while (well_formed && !done)
	{
		int64 latency;
		int64 count;

		CHECK_FOR_INTERRUPTS();
		well_formed = take_number(&at, &latency) && take(&at, ':') && take_number(&at, &count) && count != 0;
		in_range = in_range && well_formed && latency >= 0 && count >= 0 &&
				   pk_histogram_add(histogram, pk_histogram_bucket(latency), count);
		done = well_formed && take(&at, '}');
		well_formed = well_formed && (done || take(&at, ','));
	}
	skip_space(&at);
	if (!well_formed || *at != '\0')
		pk_compat_soft_error(fcinfo->context, (Datum) 0,
							 (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
							  errmsg("invalid input syntax for type %s: \"%s\"", "perfkit_histogram", text),
							  errdetail("A histogram is written as {latency in microseconds:count,...}, with counts of at least 1.")));
	if (!in_range)
		pk_compat_soft_error(fcinfo->context, (Datum) 0,
							 (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
							  errmsg("value \"%s\" is out of range for type %s", text, "perfkit_histogram")));
	PG_RETURN_DATUM(pk_histogram_datum(histogram));
}

Datum
perfkit_histogram_out(PG_FUNCTION_ARGS)
{
	PkBucketReader reader = pk_histogram_reader(PG_GETARG_DATUM(0));
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	while (pk_bucket_read(&reader))
		appendStringInfo(&text, "%s" INT64_FORMAT ":" INT64_FORMAT, text.len > 1 ? "," : "",
						 (int64) pk_bucket_middle(reader.bucket), (int64) reader.count);
	pk_histogram_check_read(&reader);
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

Datum
perfkit_histogram_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	int size = buffer->len - buffer->cursor;
	struct varlena *value = palloc(VARHDRSZ + size);
	PkBucketReader reader;

	SET_VARSIZE(value, VARHDRSZ + size);
	pq_copymsgbytes(buffer, VARDATA(value), size);
	pk_bucket_reader_init(&reader, (uint8_t *) VARDATA(value), size);
	while (pk_bucket_read(&reader))
		;
	if (reader.malformed)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("invalid binary representation of type %s", "perfkit_histogram")));
	PG_RETURN_POINTER(value);
}

Datum
perfkit_histogram_send(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendbytes(&buffer, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}
