/*
 * words.c
 *	  src/random/words: as many words as promised, all different, and the same bytes in every
 *	  encoding.
 */
#include "random/words.h"
#include "tap.h"

/*
 * Printable ASCII without the characters that JSON, CSV or LIKE would have to escape; no blank at
 * either end.
 */
static bool
is_plain(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < length; i++)
	{
		if (word[i] < ' ' || word[i] > '~' || strchr("\"\\%_,;'", word[i]) != NULL)
			return false;
	}
	return length > 0 && word[0] != ' ' && word[length - 1] != ' ' && strstr(word, "  ") == NULL;
}

static uint32_t
repeats(const char *const *words, uint32_t nwords)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < nwords; i++)
		for (uint32_t j = i + 1; j < nwords; j++)
			found += strcmp(words[i], words[j]) == 0;
	return found;
}

static void
test_pool(const char *what, const char *const *words, uint32_t nwords)
{
	uint32_t odd = 0;

	for (uint32_t i = 0; i < nwords; i++)
	{
		if (words[i] == NULL || !is_plain(words[i]))
			odd++;
	}
	is_int(odd, 0, "%s: %u plain ASCII names", what, nwords);
	is_int(repeats(words, nwords), 0, "%s: all different", what);
}

static bool
contains(const char *const *words, uint32_t nwords, const char *word)
{
	for (uint32_t i = 0; i < nwords; i++)
	{
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

static void
test_artists(void)
{
	static char names[PK_ARTISTS][PK_ARTIST_MAX];
	const char *pointers[PK_ARTISTS];
	uint32_t by_genre[PK_GENRES] = {0};
	uint32_t invalid_genres = 0;
	uint32_t overruns = 0;
	uint32_t with_word = 0;
	size_t longest = 0;

	for (uint32_t i = 0; i < PK_ARTISTS; i++)
	{
		char room[PK_ARTIST_MAX + 1];
		uint32_t genre = pk_artist_genre(i);

		memset(room, 0x7f, sizeof(room));
		pk_artist_name(i, room);
		overruns += room[PK_ARTIST_MAX] != 0x7f;
		strcpy(names[i], room);
		pointers[i] = names[i];
		if (strlen(names[i]) > longest)
			longest = strlen(names[i]);
		with_word += strstr(names[i], "etal") != NULL;
		if (genre < PK_GENRES)
			by_genre[genre]++;
		else
			invalid_genres++;
	}
	test_pool("artists", pointers, PK_ARTISTS);
	is_int(overruns, 0, "no name is written past its room");
	/* a name that just fits may have been cut */
	ok(longest < PK_ARTIST_MAX - 1, "none is cut (longest: %d)", (int) longest);
	is_int(invalid_genres, 0, "each artist has a genre");
	for (int g = 0; g < PK_GENRES; g++)
		ok(by_genre[g] >= 5, "%s has artists (%u)", pk_genres[g], by_genre[g]);

	/* real ones and made-up ones, both in number */
	ok(contains(pointers, 100, "Metallica") && contains(pointers, 100, "ABBA"), "real bands are among the first");
	ok(contains(pointers + 100, 400, "Velvet Harbour"), "made-up names come after them");
	ok(with_word >= 1 && with_word < PK_ARTISTS / 20, "a search for \"metal\" finds some artist, and is selective (%u)",
	   with_word);
}

int
main(void)
{
	test_pool("genres", pk_genres, PK_GENRES);
	test_pool("venues", pk_venues, PK_VENUES);
	ok(contains(pk_genres, PK_GENRES, "rock") && contains(pk_genres, PK_GENRES, "metal") &&
		   contains(pk_genres, PK_GENRES, "electronic") && contains(pk_genres, PK_GENRES, "jazz"),
	   "the genres that were asked for");
	ok(contains(pk_venues, PK_VENUES, "Debaser Strand") && contains(pk_venues, PK_VENUES, "Fasching") &&
		   contains(pk_venues, PK_VENUES, "Slaktkyrkan"),
	   "the venues that were asked for");
	test_artists();
	return tap_done();
}
