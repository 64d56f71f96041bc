/*
 * words.c
 *	  Word pools for the workloads: names that look real.
 */
#include "random/words.h"

#include <stdio.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */
enum
{
	G_ROCK, G_METAL, G_ELECTRONIC, G_JAZZ, G_POP, G_HIP_HOP, G_INDIE, G_FOLK, G_PUNK, G_BLUES,
	G_CLASSICAL
};

const char *const pk_genres[PK_GENRES] = {
	"rock", "metal", "electronic", "jazz", "pop", "hip-hop", "indie", "folk", "punk", "blues",
	"classical"};

const char *const pk_venues[PK_VENUES] = {
	"Debaser Strand", "Fasching", "Slaktkyrkan", "Berns", "Nalen", "Cirkus", "Kollektivet Livet",
	"Kagelbanan", "Annexet", "Avicii Arena", "Rival", "Hus 7", "Hovet"};

/* By decreasing popularity. Genres take turns, so that no genre dominates the top. */
static const struct
{
	const char *name;
	uint8_t genre;
} bands[] = {
	{"Coldplay", G_ROCK}, {"Ghost", G_METAL}, {"Swedish House Mafia", G_ELECTRONIC},
	{"Esbjorn Svensson Trio", G_JAZZ}, {"ABBA", G_POP}, {"Kendrick Lamar", G_HIP_HOP},
	{"Shout Out Louds", G_INDIE}, {"Vasen", G_FOLK}, {"Refused", G_PUNK}, {"Eric Bibb", G_BLUES},
	{"Stockholm Philharmonic", G_CLASSICAL}, {"Foo Fighters", G_ROCK}, {"Metallica", G_METAL},
	{"Kraftwerk", G_ELECTRONIC}, {"Jan Lundgren Trio", G_JAZZ}, {"Robyn", G_POP},
	{"Timbuktu", G_HIP_HOP}, {"Peter Bjorn and John", G_INDIE}, {"Hedningarna", G_FOLK},
	{"Millencolin", G_PUNK}, {"Joe Bonamassa", G_BLUES}, {"Malena Ernman", G_CLASSICAL},
	{"The Hellacopters", G_ROCK}, {"Iron Maiden", G_METAL}, {"Depeche Mode", G_ELECTRONIC},
	{"Nils Landgren", G_JAZZ}, {"Roxette", G_POP}, {"Petter", G_HIP_HOP}, {"Junip", G_INDIE},
	{"Garmarna", G_FOLK}, {"Ebba Gron", G_PUNK}, {"Beth Hart", G_BLUES},
	{"Anne Sofie von Otter", G_CLASSICAL}, {"Mando Diao", G_ROCK}, {"Sabaton", G_METAL},
	{"The Knife", G_ELECTRONIC}, {"Magnus Ostrom", G_JAZZ}, {"Tove Lo", G_POP},
	{"Yung Lean", G_HIP_HOP}, {"Jens Lekman", G_INDIE}, {"Lisa Ekdahl", G_FOLK},
	{"Viagra Boys", G_PUNK}, {"Gary Clark Jr.", G_BLUES}, {"Drottningholm Baroque", G_CLASSICAL},
	{"The Hives", G_ROCK}, {"In Flames", G_METAL}, {"Daft Punk", G_ELECTRONIC},
	{"Goran Kajfes", G_JAZZ}, {"Zara Larsson", G_POP}, {"Silvana Imam", G_HIP_HOP},
	{"The Radio Dept.", G_INDIE}, {"Sofia Karlsson", G_FOLK}, {"No Fun at All", G_PUNK},
	{"Martin Frost", G_CLASSICAL}, {"Kent", G_ROCK}, {"Opeth", G_METAL},
	{"The Chemical Brothers", G_ELECTRONIC}, {"Snarky Puppy", G_JAZZ}, {"The Cardigans", G_POP},
	{"Hov1", G_HIP_HOP}, {"Miike Snow", G_INDIE}, {"Wardruna", G_FOLK}, {"Satanic Surfers", G_PUNK},
	{"Swedish Chamber Orchestra", G_CLASSICAL}, {"Muse", G_ROCK}, {"Meshuggah", G_METAL},
	{"Bonobo", G_ELECTRONIC}, {"Kamasi Washington", G_JAZZ}, {"Lykke Li", G_POP},
	{"Einar", G_HIP_HOP}, {"Tame Impala", G_INDIE}, {"Frida Hyvonen", G_FOLK},
	{"Asta Kask", G_PUNK}, {"Arcade Fire", G_ROCK}, {"Amon Amarth", G_METAL},
	{"Four Tet", G_ELECTRONIC}, {"Fire! Orchestra", G_JAZZ}, {"Ace of Base", G_POP},
	{"Looptroop Rockers", G_HIP_HOP}, {"Beach House", G_INDIE}, {"Jose Gonzalez", G_FOLK},
	{"Idles", G_PUNK}, {"Radiohead", G_ROCK}, {"Slayer", G_METAL}, {"Moderat", G_ELECTRONIC},
	{"GoGo Penguin", G_JAZZ}, {"Veronica Maggio", G_POP}, {"Run the Jewels", G_HIP_HOP},
	{"The National", G_INDIE}, {"Mumford and Sons", G_FOLK}, {"Bad Religion", G_PUNK},
	{"Pearl Jam", G_ROCK}, {"Gojira", G_METAL}, {"Jon Hopkins", G_ELECTRONIC},
	{"Diana Krall", G_JAZZ}, {"Hakan Hellstrom", G_POP}, {"De La Soul", G_HIP_HOP},
	{"Bon Iver", G_INDIE}, {"The Lumineers", G_FOLK}, {"Rancid", G_PUNK}, {"Placebo", G_ROCK},
	{"Mastodon", G_METAL}, {"Royksopp", G_ELECTRONIC}, {"Viktoria Tolstoy", G_JAZZ},
	{"Carola", G_POP}, {"Wu-Tang Clan", G_HIP_HOP}, {"Fleet Foxes", G_INDIE}, {"Turnstile", G_PUNK},
	{"Europe", G_ROCK}, {"Dark Tranquillity", G_METAL}, {"Fever Ray", G_ELECTRONIC},
	{"Avishai Cohen", G_JAZZ}, {"Icona Pop", G_POP}, {"Snook", G_HIP_HOP}, {"Mac DeMarco", G_INDIE},
	{"Masshysteri", G_PUNK}, {"Royal Republic", G_ROCK}, {"At the Gates", G_METAL},
	{"Todd Terje", G_ELECTRONIC}, {"Benjamin Ingrosso", G_POP}, {"Alvvays", G_INDIE},
	{"Graveyard", G_ROCK}, {"Hammerfall", G_METAL}, {"Little Dragon", G_ELECTRONIC},
	{"Miriam Bryant", G_POP}, {"Broder Daniel", G_INDIE}, {"Queens of the Stone Age", G_ROCK},
	{"Katatonia", G_METAL}, {"First Aid Kit", G_POP}, {"Dungen", G_INDIE}, {"The Killers", G_ROCK},
	{"Arch Enemy", G_METAL}, {"Seinabo Sey", G_POP}, {"Goat", G_INDIE}, {"Imagine Dragons", G_ROCK},
	{"Evergrey", G_METAL}, {"Molly Sanden", G_POP}, {"Sambassadeur", G_INDIE},
	{"Kings of Leon", G_ROCK}, {"Cult of Luna", G_METAL}, {"Darin", G_POP},
	{"The Tallest Man on Earth", G_INDIE}, {"Wilco", G_ROCK}, {"Laleh", G_POP},
	{"Interpol", G_ROCK}, {"Sigrid", G_POP}
};

/* clang-format on */

static const char *const adjectives[] = {
	"Velvet", "Crimson", "Silent", "Northern", "Electric", "Golden", "Hollow", "Midnight", "Paper",
	"Burning", "Winter", "Neon", "Broken", "Distant", "Silver", "Wild", "Second", "Amber",
	"Restless", "Marble", "Lunar", "Faded", "Iron", "Secret", "Southern"};

static const char *const nouns[] = {
	"Harbour", "Foxes", "Parade", "Choir", "Lanterns", "Machine", "Orchard", "Wolves", "Avenue",
	"Tides", "Cathedral", "Satellites", "Gardens", "Express", "Mirrors", "Ravens"};

/* The genres of invented artists, each as often as its weight. */
static const uint8_t invented_genres[] = {
	G_ROCK, G_METAL, G_ELECTRONIC, G_JAZZ, G_POP, G_HIP_HOP, G_INDIE, G_FOLK, G_PUNK, G_BLUES,
	G_CLASSICAL, G_ROCK, G_METAL, G_ELECTRONIC, G_JAZZ, G_POP, G_HIP_HOP, G_INDIE, G_FOLK, G_PUNK,
	G_ROCK, G_METAL, G_ELECTRONIC, G_JAZZ, G_POP, G_HIP_HOP, G_INDIE, G_FOLK, G_PUNK, G_ROCK,
	G_METAL, G_ELECTRONIC, G_POP, G_HIP_HOP, G_INDIE, G_ROCK, G_METAL, G_ELECTRONIC, G_POP,
	G_HIP_HOP, G_INDIE, G_ROCK, G_ELECTRONIC, G_POP, G_INDIE, G_ROCK, G_POP, G_ROCK, G_POP, G_ROCK};

void
pk_artist_name(uint32_t artist, char name[PK_ARTIST_MAX])
{
	uint32_t made_up;

	if (artist < LENGTH_OF(bands))
	{
		snprintf(name, PK_ARTIST_MAX, "%s", bands[artist].name);
		return;
	}

	/*
	 * 25 and 16 are coprime, so the first 400 pairs all differ, and neighbors differ in both words
	 */
	made_up = artist - (uint32_t) LENGTH_OF(bands);
	snprintf(name, PK_ARTIST_MAX, "%s %s", adjectives[made_up % LENGTH_OF(adjectives)],
			 nouns[made_up % LENGTH_OF(nouns)]);
}

uint32_t
pk_artist_genre(uint32_t artist)
{
	if (artist < LENGTH_OF(bands))
		return bands[artist].genre;
	/* 7 is coprime to the table's length, so a run of artists walks through all of it */
	return invented_genres[(artist * 7) % LENGTH_OF(invented_genres)];
}
