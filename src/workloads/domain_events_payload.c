/*
 * domain_events_payload.c
 *	  Payloads of workload "domain_events": jsonb laid out directly, and compressed without a
 *	  search.
 *
 * A million payloads are a gigabyte of JSON. Parsing it, or pushing it through JsonbValue, would
 * take most of the time of a load, and searching it for repetitions in order to compress it most of
 * the rest. So a payload is composed in the binary layout of jsonb (described in utils/jsonb.h, on
 * disk in every database since 9.4) from prepared pieces: an object's header and keys, words,
 * numbers. Each piece remembers where it was last written. If that is within reach, the repetition
 * is recorded, and from these records come the compressed forms (random/pglz.h) of those payloads
 * that the server would compress. What is stored differs from what INSERT would store only in which
 * repetitions are found. The tests compare every byte with what jsonb_in() makes of the text.
 */
#include "postgres.h"

#include "access/toast_internals.h"
#include "utils/jsonb.h"

#include "workloads/domain_events_payload.h"

/*
 * Payloads longer than this are compressed. The server compresses tuples of more than
 * TOAST_TUPLE_THRESHOLD (2032 bytes), and the other columns take at most 400. So it has no tuple
 * left to compress, and no payload is compressed that it would leave alone.
 */
#define MAX_PLAIN_PAYLOAD 1600

/*
 * A text has a subject, which is why real payloads compress. Half of a payload's words are among
 * the most frequent of all, half among a few of its own; its names and prices come from such pools,
 * too.
 */
#define COMMON_WORDS 40
#define OWN_WORDS 24
#define OWN_NAMES 4
#define OWN_PRICES 16

/* 16 random bits; four of them cost one draw. */
static inline uint32
draw16(PkPayloads *p)
{
	uint32 result;

	if (p->nbits == 0)
	{
		p->random += UINT64CONST(0x9e3779b97f4a7c15);
		p->bits = pk_mix64(p->random);
		p->nbits = 4;
	}
	result = (uint32) (p->bits & 0xffff);
	p->bits >>= 16;
	p->nbits--;
	return result;
}

static inline uint32
below(PkPayloads *p, uint32 n)
{
	return draw16(p) * n >> 16;
}

/*
 * Records that the "length" bytes at place "at" in the payload repeat those written at "last", if
 * that is within reach.
 */
static inline bool
note_at(PkPayloads *p, PkMatch *match, uint32 at, uint64 last, uint32 length)
{
	uint64 distance = p->origin + at - last;

	match->at = at;
	match->distance = (uint16) distance;
	match->length = (uint16) length;
	return distance <= PK_PGLZ_MAX_DISTANCE;
}

/* The same for the bytes to be written next. */
static inline bool
note(PkPayloads *p, uint64 last, uint32 length)
{
	bool result = note_at(p, &p->matches[p->nmatches], p->used, last, length);

	p->nmatches += result;
	return result;
}

static inline uint64
here(const PkPayloads *p)
{
	return p->origin + p->used;
}

static inline void
put_piece(PkPayloads *p, Piece *piece)
{
	note(p, piece->last, piece->length);
	piece->last = here(p);
	memcpy(p->data + p->used, piece->bytes, piece->length);
	p->used += piece->length;
	p->text += piece->text;
}

/* A word, with the space before it unless it is the first. */
static inline void
put_word(PkPayloads *p, Word *word, bool first)
{
	uint32 length = word->length - first;

	if (first || !note(p, word->last, length))
		p->nmatches += note_at(p, &p->matches[p->nmatches], p->used + !first, word->last_letters, word->length - 1);
	if (!first)
		word->last = here(p);
	word->last_letters = here(p) + !first;
	memcpy(p->data + p->used, word->bytes + first, sizeof(word->bytes) - 1);
	p->used += length;
	p->text += length;
}

static inline void
put_byte(PkPayloads *p, char byte)
{
	p->data[p->used++] = (uint8) byte;
	p->text++;
}

/* jsonb aligns containers and numbers to four bytes. */
static inline void
pad(PkPayloads *p)
{
	while (p->used % sizeof(uint32) != 0)
		p->data[p->used++] = 0;
}

static inline Word *
some_word(PkPayloads *p)
{
	uint32 draw = draw16(p);

	if (draw & 1)
		return &p->words[draw * COMMON_WORDS >> 16];
	return &p->words[p->own_word + (draw * OWN_WORDS >> 16)];
}

/* Eight letters and digits; the payload's codes have the first four in common. */
static void
put_code(PkPayloads *p)
{
	static const char digits[] = "0123456789ABCDEFGHJKLMNPQRSTUVWX";
	uint32 draw = draw16(p) << 16 | draw16(p);
	uint8 *to = p->data + p->used;

	note(p, p->code_head, sizeof(p->code) + 1);
	p->code_head = here(p);
	memcpy(to, p->code, sizeof(p->code));
	to[4] = '-';
	for (int i = 5; i < 9; i++, draw >>= 5)
		to[i] = digits[draw & 31];
	p->used += 9;
	p->text += 9;
}

/*
 * The date that is "after" days after the event's, as YYYY-MM-DD in the proleptic Gregorian
 * calendar.
 */
static void
put_date(PkPayloads *p, uint32 after)
{
	/* years that begin in March have the leap day at the end; all eras of 400 years are alike */
	uint32 since = (uint32) (p->day + 730425) + after;
	uint32 of_era = since % 146097;
	uint32 year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32 of_year = of_era - (365 * year + year / 4 - year / 100);
	uint32 month = (5 * of_year + 2) / 153;
	uint32 date = of_year - (153 * month + 2) / 5 + 1;
	uint8 *to = p->data + p->used;

	/*
	 * if not the same date, then one in the same month; within four weeks, a month is of one year
	 */
	if (!note(p, p->dates[after], 10))
		note(p, p->months[month], 8);
	p->dates[after] = p->months[month] = here(p);
	month = month < 10 ? month + 3 : month - 9;
	year += since / 146097 * 400 + (month <= 2);
	for (int i = 3; i >= 0; i--, year /= 10)
		to[i] = (uint8) ('0' + year % 10);
	to[4] = to[7] = '-';
	to[5] = (uint8) ('0' + month / 10);
	to[6] = (uint8) ('0' + month % 10);
	to[8] = (uint8) ('0' + date / 10);
	to[9] = (uint8) ('0' + date % 10);
	p->used += 10;
	p->text += 10;
}

/*
 * A number. All of the same length begin with the same six bytes: the varlena's and the numeric's
 * header.
 */
static inline void
put_number(PkPayloads *p, Piece *number)
{
	pad(p);
	if (!note(p, number->last, number->length))
		note(p, p->number_heads[number->length], 6);
	number->last = p->number_heads[number->length] = here(p);
	memcpy(p->data + p->used, number->bytes, number->length);
	p->used += number->length;
	p->text += number->text;
}

static JEntry put_list(PkPayloads *p);

/* Writes a value of this kind, and returns its JEntry without the length. */
static JEntry
put_value(PkPayloads *p, PkFieldKind kind)
{
	switch (kind)
	{
		case PK_FIELD_WORD:
			put_word(p, some_word(p), true);
			break;
		case PK_FIELD_PHRASE:
			put_word(p, some_word(p), true);
			put_word(p, some_word(p), false);
			put_word(p, some_word(p), false);
			break;
		case PK_FIELD_NAME:
			put_word(p, &p->given[(p->own_name + below(p, OWN_NAMES)) % PK_GIVEN_NAMES], true);
			put_word(p, &p->family[(p->own_name * 5 + below(p, OWN_NAMES)) % PK_FAMILY_NAMES], false);
			break;
		case PK_FIELD_CITY:
			put_word(p, &p->cities[below(p, PK_CITIES)], true);
			break;
		case PK_FIELD_EMAIL:
			put_word(p, some_word(p), true);
			put_byte(p, '.');
			put_word(p, some_word(p), true);
			put_word(p, &p->domain, true);
			break;
		case PK_FIELD_CODE:
			put_code(p);
			break;
		case PK_FIELD_DATE:
			put_date(p, below(p, DATE_DAYS));
			break;
		case PK_FIELD_COUNT:
			/* mostly small ones */
			put_number(p, &p->counts[below(p, below(p, NCOUNTS) + 1)]);
			return JENTRY_ISNUMERIC;
		case PK_FIELD_PRICE:
			put_number(p, &p->prices[p->own_price + below(p, OWN_PRICES)]);
			return JENTRY_ISNUMERIC;
		case PK_FIELD_FLAG:
			if (below(p, 2))
			{
				p->text += 4;
				return JENTRY_ISBOOL_TRUE;
			}
			p->text += 5;
			return JENTRY_ISBOOL_FALSE;
		case PK_FIELD_LIST:
			return put_list(p);
		case PK_FIELD_TEXT:
			/* comes last, so that everything else is counted; so are its own quotes */
			put_word(p, some_word(p), true);
			while (p->text + 2 < p->wanted)
				put_word(p, some_word(p), false);
			break;
	}
	p->text += 2; /* a string's quotes */
	return JENTRY_ISSTRING;
}

/*
 * Records a repetition in entry i of a container whose entries begin at "at": either the whole
 * entry was written before, or its type and the zero bytes of a short length are those of the entry
 * before it.
 */
static inline void
note_entry(PkPayloads *p, PkMatch *match, const JEntry *entries, int i, uint32 at)
{
	uint32 length = JBE_OFFLENFLD(entries[i]);
	uint32 type = entries[i] & (JENTRY_TYPEMASK | JENTRY_HAS_OFF);

	at += sizeof(JEntry) * i;
	match->length = 0;
	if (length < NENTRIES && (type == JENTRY_ISSTRING || type == JENTRY_ISNUMERIC))
	{
		uint64 *last = type == JENTRY_ISSTRING ? &p->string_entries[length] : &p->number_entries[length];
		bool known = note_at(p, match, at, *last, sizeof(JEntry));

		*last = p->origin + at;
		if (known)
			return;
		match->length = 0;
	}
#ifdef WORDS_BIGENDIAN
	if (i > 0 && entries[i] >> 8 == entries[i - 1] >> 8)
		(void) note_at(p, match, at, p->origin + at - sizeof(JEntry), 3);
#else
	if (i > 0 && entries[i] >> 8 == entries[i - 1] >> 8)
		(void) note_at(p, match, at + 1, p->origin + at + 1 - sizeof(JEntry), 3);
#endif
}

/* Writes an object as jsonb does: number of pairs, entries of keys and of values, keys, values. */
static void
put_object(PkPayloads *p, Shape *shape)
{
	JEntry *entries;
	PkMatch *matches;
	uint32 entries_at;

	pad(p);
	p->text += shape->text;
	put_piece(p, &shape->head);

	/* their matches precede those of the values */
	entries_at = p->used;
	entries = (JEntry *) (p->data + entries_at);
	matches = &p->matches[p->nmatches];
	p->used += sizeof(JEntry) * shape->nfields;
	p->nmatches += shape->nfields;

	put_piece(p, &shape->keys);
	for (int i = 0; i < shape->nfields; i++)
	{
		uint32 begin = p->used;
		JEntry type = put_value(p, shape->kinds[i]);
		uint32 length = p->used - begin;

		/* an offset would be stored in the 32nd entry */
		entries[i] = type | length;
		note_entry(p, &matches[i], entries, i, entries_at);
	}
}

/*
 * Writes the array of items: most of what is left of the wanted length, and the text after it the
 * rest.
 */
static JEntry
put_list(PkPayloads *p)
{
	AggregateShapes *shapes = p->shapes;
	uint32 left = p->wanted > p->text ? p->wanted - p->text : 0;
	uint32 nitems = left * (55 + below(p, 35)) / 100 / shapes->item_text;
	JEntry *entries;
	PkMatch *matches;
	uint32 entries_at;
	uint32 total = 0;

	nitems = Max(1, Min(nitems, MAX_ITEMS));
	pad(p);
	*(uint32 *) (p->data + p->used) = nitems | JB_FARRAY;
	entries_at = p->used + sizeof(uint32);
	entries = (JEntry *) (p->data + entries_at);
	matches = &p->matches[p->nmatches];
	p->used = entries_at + sizeof(JEntry) * nitems;
	p->nmatches += nitems;
	p->text += 2 * nitems; /* brackets, and commas with their spaces */
	for (uint32 i = 0; i < nitems; i++)
	{
		uint32 begin = p->used;

		put_object(p, &shapes->item);
		total += p->used - begin;
		entries[i] = JENTRY_ISCONTAINER |
					 (i % JB_OFFSET_STRIDE == 0 ? JENTRY_HAS_OFF | total : p->used - begin);
		note_entry(p, &matches[i], entries, i, entries_at);
	}
	return JENTRY_ISCONTAINER;
}

/* Wraps the composed bytes into a varlena, compressed if the server would compress it. */
static Datum
finish(PkPayloads *p)
{
	char *result;

	Assert(p->used <= MAX_PAYLOAD - 16 && p->nmatches <= MAX_MATCHES);
	if (p->used > MAX_PLAIN_PAYLOAD)
	{
		Size size = pk_pglz_encode(p->data, p->used, p->matches, p->nmatches, p->packed);

		if (size < p->used)
		{
			result = palloc(VARHDRSZ_COMPRESSED + size);
			SET_VARSIZE_COMPRESSED(result, VARHDRSZ_COMPRESSED + size);
			TOAST_COMPRESS_SET_SIZE_AND_COMPRESS_METHOD(result, p->used, TOAST_PGLZ_COMPRESSION_ID);
			memcpy(result + VARHDRSZ_COMPRESSED, p->packed, size);
			return PointerGetDatum(result);
		}
	}
	result = palloc(VARHDRSZ + p->used);
	SET_VARSIZE(result, VARHDRSZ + p->used);
	memcpy(VARDATA(result), p->data, p->used);
	return PointerGetDatum(result);
}

/* Sets everything that is specific to a payload, from one draw. */
static void
begin_payload(PkPayloads *p, uint32 length, int32 day, uint64 draw)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZABCDEFGH";

	p->origin += MAX_PAYLOAD + PK_PGLZ_MAX_DISTANCE;
	p->used = 0;
	p->text = 0;
	p->nmatches = 0;
	p->wanted = length;
	p->day = day;
	p->random = draw;
	p->nbits = 0;
	p->own_word = COMMON_WORDS + below(p, PK_VOCABULARY - COMMON_WORDS - OWN_WORDS + 1);
	p->own_price = below(p, NPRICES - OWN_PRICES + 1);
	p->own_name = draw16(p);
	draw = draw16(p) << 16 | draw16(p);
	for (int i = 0; i < (int) sizeof(p->code); i++)
		p->code[i] = letters[draw >> 5 * i & 31];
}

Datum
pk_payload(PkPayloads *p, int aggregate_type, int event_type, uint32 length, int32 day, uint64 draw)
{
	p->shapes = &p->aggregates[aggregate_type];
	begin_payload(p, length, day, draw);
	put_object(p, length <= 500 ? &p->shapes->small[event_type] : &p->shapes->large[event_type]);
	return finish(p);
}

uint32
pk_payload_mean_text(PkPayloads *p, Shape *shape)
{
	uint32 total = 0;

	for (int i = 0; i < 64; i++)
	{
		begin_payload(p, 0, 0, i);
		put_object(p, shape);
		total += p->text;
	}
	return total / 64 + 2; /* plus the comma and its space */
}
