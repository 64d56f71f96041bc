/*
 * marketplace.h
 *	  What the files of workload "marketplace" share: the parameters, and facts about a row that
 *	  rows of other tables need.
 *
 * Rows depend on their number, the seed and "ends_at", and never on how many rows there are: only
 * the number of rows of each table depends on "programs" and "users". So a marketplace grows in
 * steps. Row i of a table knows the rows that it refers to by arithmetic:
 *
 *	  programs        64 programs belong to 8 providers
 *	  prices          three for each program
 *	  sessions        three for each two users
 *	  subscriptions   five for each two users, to programs that are numbered up to 5 * user
 *	  payments        nine for each eight subscriptions: one of them failed at first
 *	  ledger entries  three for each payment that succeeded
 *
 * The rule for subscriptions makes low numbers popular. It also means that users have subscriptions
 * only as far as there are five programs for each.
 */
#ifndef PK_WORKLOADS_MARKETPLACE_H
#define PK_WORKLOADS_MARKETPLACE_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "random/counter.h"
#include "random/distribution.h"
#include "seed/workload.h"

/*
 * As many programs or users as leave every table below PK_MAX_ROWS rows; a ledger has the most, up
 * to 8.5 times the number of users.
 */
#define PK_MARKET_MAX INT64CONST(100000000000)

/* Costs of bcrypt: each step doubles the time of a login. */
#define PK_MARKET_MIN_COST 4
#define PK_MARKET_MAX_COST 12

/* The workload's own parameters, in PkSeedParams.own. PkSeedParams.nrows counts programs. */
typedef struct PkMarketParams
{
	int64 users;
	int password_cost;
} PkMarketParams;

/* Tables: their numbers in pk_stream(), distinct over all workloads and never reused. */
typedef enum PkMarketTable
{
	PK_MARKET_PROVIDERS = 20,
	PK_MARKET_PROGRAMS,
	PK_MARKET_USERS,
	PK_MARKET_SESSIONS,
	PK_MARKET_PRICES,
	PK_MARKET_SUBSCRIPTIONS,
	PK_MARKET_PAYMENTS,
	PK_MARKET_LEDGER
} PkMarketTable;

/* The stream of a column that more than one file needs; each table's "id" is its column 0. */
#define PK_MARKET_ID 0
extern PkStream pk_market_stream(const PkSeedParams *params, PkMarketTable table, uint32 column);

/* A row's UUID, palloc'd, and the row that has a UUID, or -1. */
extern Datum pk_market_uuid(PkStream stream, int64 row);
extern int64 pk_market_uuid_row(PkStream stream, Datum uuid);

/*
 * Raises 22023 where rows around ends_at would be out of range. Every begin() calls it.
 */
extern void pk_market_check_end(const PkSeedParams *params);

/* How many users there are, and how many of them have subscriptions. */
extern int64 pk_market_users(const PkSeedParams *params);
extern int64 pk_market_subscribers(const PkSeedParams *params);

/* The programs' own facts, which prices and subscriptions need. */
typedef enum PkProgramStatus
{
	PK_PROGRAM_ACTIVE,
	PK_PROGRAM_FULL,
	PK_PROGRAM_ARCHIVED,
	PK_PROGRAM_DRAFT
} PkProgramStatus;

/* Every sixteenth program is a draft. */
#define PK_MARKET_DRAFTS 16

typedef struct PkProgramFacts
{
	PkStream status;
	PkStream price;
} PkProgramFacts;

extern void pk_program_facts_init(PkProgramFacts *facts, const PkSeedParams *params);
extern PkProgramStatus pk_program_status(const PkProgramFacts *facts, int64 program);

/* What a program costs once, in steps of half a dollar from 10 dollars: a step's number. */
#define PK_PRICE_STEPS 161
#define PK_PRICE_CENTS(step) (1000 + 50 * (int64) (step))
extern uint32 pk_program_price(const PkProgramFacts *facts, int64 program);

/* Plans. A program's price with number "plan" is row 3 * program + plan of prices. */
#define PK_PLANS 3
extern int64 pk_plan_cents(uint32 price_step, uint32 plan);

/* ---- marketplace_places.c: where programs are ---- */

#define PK_POSTCODES 5
extern const char *const pk_postcodes[PK_POSTCODES];

/* Degrees in units of 10^-7; PK_DEGREES() is the same number on every platform. */
typedef struct PkPlace
{
	int64 longitude;
	int64 latitude;
} PkPlace;

#define PK_DEGREES(units) ((double) (units) / 1e7)

/* The postcode that a draw chooses; it uses the draw's upper half. */
extern uint32 pk_market_postcode(uint64 draw);

/*
 * A place around a postcode's centre, from two draws: most are within 4 km, one in ten is up to 60
 * km away.
 */
extern PkPlace pk_market_place(uint32 postcode, uint64 draw, uint64 skew);

/* ---- marketplace_texts.c: names, titles and descriptions ---- */

#define PK_AGE_GROUPS 5
extern const int32 pk_age_groups[PK_AGE_GROUPS][2];

/* All are text Datums, palloc'd, from 64 bits. */
extern Datum pk_market_provider_name(uint64 draw);
extern Datum pk_market_title(uint64 draw, uint32 age_group);
extern Datum pk_market_description(uint64 title_draw, uint64 draw);
extern Datum pk_market_person(uint64 draw);

/* "before", a number, "after", such as an address of mail. */
extern Datum pk_market_numbered(const char *before, int64 number, const char *after);

/* A Datum for each of n strings. */
extern Datum *pk_market_texts(const char *const *strings, int n);

/* ---- the tables, in the files of their subjects ---- */

extern const PkTable pk_table_programs;
extern const PkTable pk_table_users;
extern const PkTable pk_table_sessions;
extern const PkTable pk_table_subscriptions;
extern const PkTable pk_table_payments;
extern const PkTable pk_table_ledger_entries;

/* perfkit_generate_programs()'s rows: longitude and latitude in place of location. */
extern const PkTable pk_table_generated_programs;

#endif /* PK_WORKLOADS_MARKETPLACE_H */
