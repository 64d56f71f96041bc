/*
 * marketplace_texts.c
 *	  Names, titles and descriptions of the marketplace's rows.
 *
 * Positions in the lists determine the rows: changing a list changes the data, and with it every
 * digest. All words are ASCII.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "random/vocabulary.h"
#include "workloads/marketplace.h"

const int32 pk_age_groups[PK_AGE_GROUPS][2] = {{0, 2}, {3, 4}, {5, 7}, {8, 12}, {13, 17}};

/* How many bytes a text of several pieces can have; the longest description has 317. */
#define MAX_TEXT 512

static const char *const provider_first[] = {
	"Harbour", "Little", "Bright", "Southern Cross", "Coogee", "Bondi", "Banksia", "Waratah", "Kookaburra",
	"Eastern Suburbs", "Inner City", "Paddington", "Jacaranda", "Lighthouse", "Blue Gum", "Wattle", "Pelican",
	"Rainbow", "Anchor", "Green Turtle", "Sunrise", "Magpie", "Redfern", "Centennial", "Botany Bay", "Headland",
	"Sandstone", "Possum", "Wombat", "Ferry Lane", "Fig Tree", "Mascot"};

static const char *const provider_second[] = {
	"Explorers", "Swim School", "Dance Studio", "Music Academy", "Early Learning", "Sports Club", "Art Space",
	"Code Club", "Gymnastics", "Martial Arts", "Drama School", "Chess Club", "Football Academy", "Tennis",
	"Science Lab", "Kitchen"};

/* What is done, as it begins a title and, in lower case, as it stands in a sentence. */
static const char *const activities[][2] = {
	{"Swimming", "swimming"}, {"Ballet", "ballet"}, {"Hip Hop Dance", "hip hop dance"}, {"Piano", "piano"}, {"Guitar", "guitar"}, {"Violin", "violin"}, {"Choir", "singing in a choir"}, {"Painting", "painting"}, {"Pottery", "pottery"}, {"Drama", "drama"}, {"Coding", "coding"}, {"Robotics", "robotics"}, {"Chess", "chess"}, {"Football", "football"}, {"Netball", "netball"}, {"Cricket", "cricket"}, {"Tennis", "tennis"}, {"Gymnastics", "gymnastics"}, {"Judo", "judo"}, {"Karate", "karate"}, {"Yoga", "yoga"}, {"Cooking", "cooking"}, {"Gardening", "gardening"}, {"Storytelling", "storytelling"}, {"French", "French"}, {"Mandarin", "Mandarin"}, {"Science", "science"}, {"Photography", "photography"}, {"Surfing", "surfing"}, {"Climbing", "climbing"}, {"Skateboarding", "skateboarding"}, {"Sailing", "sailing"}};

static const char *const forms[] = {
	"Beginners", "Foundations", "Weekend Class", "After School", "Holiday Camp", "Small Group", "Taster", "Team"};

static const char *const age_labels[PK_AGE_GROUPS] = {"Babies and Toddlers", "Preschoolers", "Juniors", "Kids", "Teens"};

/* Four sentences make a description: the first has the activity in the middle. */
static const char *const openings[][2] = {
	{"An easy start in ", " for children who have never tried it."},
	{"Weekly ", " with coaches who know every child by name."},
	{"A full term of ", " that ends with a show for families and friends."},
	{"Learn ", " step by step in a friendly group."},
	{"Our most popular class: ", " at a pace that suits everyone."},
	{"Discover ", " through games and simple exercises."},
	{"Serious about ", "? This class prepares for the next level."},
	{"Try ", " without any commitment and see whether it is for you."}};

static const char *const middles[] = {
	"Groups have at most eight children, so that everybody gets a turn.",
	"All equipment is provided and fits small hands.",
	"Parents are welcome to stay and watch from the gallery.",
	"Each lesson builds on the one before, and missed lessons can be made up.",
	"Our teachers hold a Working With Children Check and first aid certificates.",
	"We are a short walk from the station, and parking is free after five.",
	"Younger siblings can wait in the play corner.",
	"Lessons are held indoors when it rains."};

static const char *const details[] = {
	"Please bring a water bottle and a hat.",
	"Wear comfortable clothes and closed shoes.",
	"A healthy snack is included.",
	"Creative Kids and Active Kids vouchers are accepted.",
	"The first lesson is free for new families.",
	"Discounts apply to siblings and to full terms.",
	"Classes run during school terms only.",
	"Late pick-up until six is available for a small fee."};

static const char *const closings[] = {
	"Book early: places go quickly.", "Ask us about make-up lessons.", "Join the waiting list if a class is full.",
	"We look forward to meeting you.", "No experience is needed.", "Cancel up to two days before.",
	"Certificates are handed out at the end.", "Questions? Send us a message."};

/* A text that is composed of pieces. */
typedef struct Composed
{
	int length;
	char data[MAX_TEXT];
} Composed;

static void
add(Composed *composed, const char *piece)
{
	int length = strlen(piece);

	Assert(composed->length + length <= MAX_TEXT);
	memcpy(composed->data + composed->length, piece, length);
	composed->length += length;
}

static Datum
finish(const Composed *composed)
{
	return PointerGetDatum(cstring_to_text_with_len(composed->data, composed->length));
}

Datum
pk_market_provider_name(uint64 draw)
{
	Composed name;

	name.length = 0;
	add(&name, provider_first[pk_below(draw, lengthof(provider_first))]);
	add(&name, " ");
	add(&name, provider_second[pk_below_low(draw, lengthof(provider_second))]);
	return finish(&name);
}

Datum
pk_market_title(uint64 draw, uint32 age_group)
{
	Composed title;

	title.length = 0;
	add(&title, activities[pk_below(draw, lengthof(activities))][0]);
	add(&title, " ");
	add(&title, forms[pk_below_low(draw, lengthof(forms))]);
	add(&title, " for ");
	add(&title, age_labels[age_group]);
	return finish(&title);
}

Datum
pk_market_description(uint64 title_draw, uint64 draw)
{
	Composed description;
	const char *const *opening = openings[draw & 7];

	description.length = 0;
	add(&description, opening[0]);
	add(&description, activities[pk_below(title_draw, lengthof(activities))][1]);
	add(&description, opening[1]);
	add(&description, " ");
	add(&description, middles[(draw >> 3) & 7]);
	add(&description, " ");
	add(&description, details[(draw >> 6) & 7]);
	add(&description, " ");
	add(&description, closings[(draw >> 9) & 7]);
	return finish(&description);
}

Datum
pk_market_person(uint64 draw)
{
	Composed name;

	name.length = 0;
	add(&name, pk_given_names[pk_below(draw, PK_GIVEN_NAMES)]);
	add(&name, " ");
	add(&name, pk_family_names[pk_below_low(draw, PK_FAMILY_NAMES)]);
	return finish(&name);
}

Datum
pk_market_numbered(const char *before, int64 number, const char *after)
{
	char digits[MAXINT8LEN + 1];
	Composed result;

	result.length = 0;
	pg_lltoa(number, digits);
	add(&result, before);
	add(&result, digits);
	add(&result, after);
	return finish(&result);
}

Datum *
pk_market_texts(const char *const *strings, int n)
{
	Datum *texts = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		texts[i] = CStringGetTextDatum(strings[i]);
	return texts;
}
