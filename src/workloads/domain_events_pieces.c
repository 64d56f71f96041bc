/*
 * domain_events_pieces.c
 *	  Preparing the pieces that payloads of workload "domain_events" are composed of.
 *
 * This is done once for each load or scan, for all bytes that several payloads can have in common.
 * Numbers come from the server's own numeric_in(), so nothing here depends on their layout.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "workloads/domain_events_payload.h"

static void
init_word(Word *word, const char *text)
{
	word->length = (uint32) strlen(text) + 1;
	Assert(word->length < sizeof(word->bytes));
	snprintf(word->bytes, sizeof(word->bytes), " %s", text);
}

static void
init_words(Word *words, const char *const *texts, int n)
{
	for (int i = 0; i < n; i++)
		init_word(&words[i], texts[i]);
}

static void
init_number(Piece *piece, const char *text)
{
	struct varlena *number = (struct varlena *) DatumGetPointer(
		DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	piece->bytes = (const char *) number;
	piece->length = VARSIZE_ANY(number);
	piece->text = strlen(text);
}

static int
compare_keys(const void *a, const void *b)
{
	const PkField *left = a;
	const PkField *right = b;
	size_t left_length = strlen(left->key);
	size_t right_length = strlen(right->key);

	if (left_length != right_length)
		return left_length < right_length ? -1 : 1;
	return memcmp(left->key, right->key, left_length);
}

/* Prepares objects of the given fields, and of two more where their keys are given. */
static void
init_shape(Shape *shape, const PkField *fields, const char *list, bool with_text)
{
	PkField sorted[PK_MAX_FIELDS + 2];
	uint32 *head;
	char *keys;
	uint32 length = 0;
	int n = 0;

	while (n < PK_MAX_FIELDS && fields[n].key != NULL)
	{
		sorted[n] = fields[n];
		n++;
	}
	if (list != NULL)
		sorted[n++] = (PkField){list, PK_FIELD_LIST};
	if (with_text)
		sorted[n++] = (PkField){PK_TEXT_KEY, PK_FIELD_TEXT};
	qsort(sorted, n, sizeof(PkField), compare_keys);
	Assert(!with_text || sorted[n - 1].kind == PK_FIELD_TEXT);

	head = palloc(sizeof(uint32) * (n + 1));
	keys = palloc(NAMEDATALEN * n);
	head[0] = n | JB_FOBJECT;
	for (int i = 0; i < n; i++)
	{
		uint32 key_length = strlen(sorted[i].key);

		head[i + 1] = JENTRY_ISSTRING | key_length | (i == 0 ? JENTRY_HAS_OFF : 0);
		memcpy(keys + length, sorted[i].key, key_length);
		length += key_length;
		shape->kinds[i] = sorted[i].kind;
	}
	shape->nfields = n;
	shape->text = length + 6 * n; /* for a key quotes, colon, space; for all braces and commas: 2n */
	shape->head.bytes = (char *) head;
	shape->head.length = sizeof(uint32) * (n + 1);
	shape->keys.bytes = keys;
	shape->keys.length = length;
}

PkPayloads *
pk_payloads_begin(void)
{
	PkPayloads *p = palloc0(sizeof(PkPayloads));

	/* nothing has been written anywhere near yet */
	p->origin = MAX_PAYLOAD + PK_PGLZ_MAX_DISTANCE;
	init_words(p->words, pk_vocabulary, PK_VOCABULARY);
	init_words(p->given, pk_given_names, PK_GIVEN_NAMES);
	init_words(p->family, pk_family_names, PK_FAMILY_NAMES);
	init_words(p->cities, pk_cities, PK_CITIES);
	init_word(&p->domain, "@example.com");
	for (int i = 0; i < NCOUNTS; i++)
		init_number(&p->counts[i], psprintf("%d", i + 1));
	for (int i = 0; i < NPRICES; i++)
	{
		/* from 1 to 1000, spread over the pool by a step that is coprime to the range */
		int cents = 100 + (int) (((int64) i * 61553) % 99901);

		init_number(&p->prices[i], psprintf("%d.%02d", cents / 100, cents % 100));
	}
	for (int a = 0; a < PK_AGGREGATE_TYPES; a++)
	{
		const PkAggregateType *type = &pk_aggregate_types[a];
		AggregateShapes *shapes = &p->aggregates[a];

		init_shape(&shapes->item, type->item, NULL, false);
		for (int e = 0; e < PK_EVENT_TYPES; e++)
		{
			init_shape(&shapes->small[e], type->events[e].fields, NULL, true);
			init_shape(&shapes->large[e], type->events[e].fields, type->list, true);
		}
		shapes->item_text = pk_payload_mean_text(p, &shapes->item);
	}
	return p;
}
