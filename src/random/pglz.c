/*
 * pglz.c
 *	  Writing PostgreSQL's own compressed format for text whose repetitions are known.
 *
 * The format is a sequence of groups, each a control byte and eight items, one for each bit of it
 * from the lowest. For a clear bit the item is a literal byte. For a set bit it is a match of two
 * or three bytes. The upper half of the first byte holds bits 8 to 11 of the distance. Its lower
 * half holds the length less 3, or 15 for a length of 18 or more, in which case the third byte
 * holds the length less 18. The second byte holds the lower eight bits of the distance.
 */
#include "random/pglz.h"

#include <string.h>

typedef struct Output
{
	uint8_t *next;
	uint8_t *control; /* of the group that is open */
	unsigned bit;	  /* of the next item; 8: the group is full */
} Output;

static inline void
begin_item(Output *out)
{
	if (out->bit == 8)
	{
		out->control = out->next++;
		*out->control = 0;
		out->bit = 0;
	}
}

static inline void
put_literals(Output *out, const uint8_t *source, size_t length)
{
	while (length > 0)
	{
		size_t n;

		begin_item(out);
		n = 8 - out->bit;
		if (n > length)
			n = length;
		if (n == 8)
			memcpy(out->next, source, 8);
		else
		{
			for (size_t i = 0; i < n; i++)
				out->next[i] = source[i];
		}
		out->next += n;
		out->bit += (unsigned) n;
		source += n;
		length -= n;
	}
}

static inline void
put_match(Output *out, uint32_t distance, uint32_t length)
{
	begin_item(out);
	*out->control |= (uint8_t) (1u << out->bit++);
	*out->next++ = (uint8_t) ((distance >> 4 & 0xf0) | (length < 18 ? length - 3 : 15));
	*out->next++ = (uint8_t) distance;
	if (length >= 18)
		*out->next++ = (uint8_t) (length - 18);
}

size_t
pk_pglz_encode(const uint8_t *source, size_t length, const PkMatch *matches, size_t nmatches, uint8_t *dest)
{
	Output out = {dest, dest, 8};
	size_t done = 0;

	for (size_t i = 0; i < nmatches; i++)
	{
		size_t at = matches[i].at;
		size_t end = at + matches[i].length;
		uint32_t distance = matches[i].distance;

		/* an earlier match may cover the beginning */
		if (at < done)
			at = done;
		if (end < at + PK_PGLZ_MIN_MATCH)
			continue;
		put_literals(&out, source + done, at - done);

		/* what follows is often repeated in the same order, too */
		while (end < length && source[end] == source[end - distance])
			end++;
		while (end - at >= PK_PGLZ_MIN_MATCH)
		{
			size_t part = end - at < PK_PGLZ_MAX_MATCH ? end - at : PK_PGLZ_MAX_MATCH;

			put_match(&out, distance, (uint32_t) part);
			at += part;
		}
		done = at;
	}
	put_literals(&out, source + done, length - done);
	return (size_t) (out.next - dest);
}
