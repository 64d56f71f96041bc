/*
 * workload.h
 *	  What a workload is: tables, and a function from a row's number to the row.
 *
 * A workload is one file in src/workloads that fills a PkWorkload and its PkTables; the registry there names it. Creating
 * tables, checking those that exist, loading, progress, topping up and generating without storing are the same for
 * all, and work from these descriptions.
 */
#ifndef PK_SEED_WORKLOAD_H
#define PK_SEED_WORKLOAD_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* More rows than this fit in no table: 2^32 pages of 8 kB, at most 291 heap tuples on a page, and perfkit's are larger. */
#define PK_MAX_ROWS INT64CONST(1000000000000)

/* All that a row depends on beside its number. The caller has checked each value. */
typedef struct PkSeedParams
{
	int64 nrows;  /* rows asked for, in the main table */
	int64 second; /* the workload's second number, such as its tenants; 0 where it has none */
	int64 random_seed;
	TimestampTz anchor; /* the instant that stands for "now"; finite */
} PkSeedParams;

typedef struct PkColumn
{
	const char *name;
	Oid type;			  /* the built-in type that row() makes Datums of */
	const char *suffix;	  /* what follows the type in CREATE TABLE; may be "" */
	bool nullable;		  /* row() may give NULL */
	const char *declared; /* the type as CREATE TABLE has it, where it has more than a name; NULL: the type's name */
	int32 typmod;		  /* that comes of that; 0: none */
} PkColumn;

typedef struct PkIndex
{
	const char *name;
	const char *method;
	const char *keys;	   /* the key list, without parentheses; with an opclass, a single column */
	const char *opclass;   /* operator class, or NULL for the types' defaults */
	const char *extension; /* that the operator class comes from, in whatever schema; NULL: it is PostgreSQL's own */
} PkIndex;

typedef struct PkTable
{
	const char *name;
	const PkColumn *columns;
	int ncolumns;
	const char *key;				/* columns that tell rows apart, as in USING (...) */
	const char *anchored;			/* the key and a column that depends on the anchor, or NULL */
	const char *const *constraints; /* table constraints for CREATE TABLE, NULL-terminated */
	const PkIndex *indexes;			/* secondary indexes */
	int nindexes;

	/*
	 * FROM item that gives the rows in SQL: a call of the workload's perfkit_generate_ function, without its schema.
	 * Parameters: $1 rows, $2 first row, $3 random seed, $4 anchor, $5 the workload's second number, $6 rows asked for in the main table.
	 */
	const char *generator;

	/* A column of type bigint with row number + 1, whose sequence has to be beyond all rows; NULL: none. */
	const char *serial;

	/*
	 * Rows make sense only together: what is there must be the first rows of the same seed, else nothing is inserted (55000). Otherwise
	 * rows that conflict with what is there are left out.
	 */
	bool whole;

	/*
	 * How many row numbers the table has when the main table has params->nrows rows. NULL: as many, and it is the main table or has its
	 * row numbers.
	 */
	int64 (*count)(const PkSeedParams *params);

	/*
	 * Prepares row(): allocates its state in the current memory context, which outlives all calls of row(). Raises
	 * an error where an anchor would take a row's timestamps out of range.
	 */
	void *(*begin)(const PkSeedParams *params);

	/*
	 * The first row number from "row" on, and below "end", that has a row; else "end". NULL: every number has one.
	 */
	int64 (*next)(void *state, int64 row, int64 end);

	/*
	 * Row number "row" (0 <= row < PK_MAX_ROWS) into values and nulls, in column order. Depends on the row's number and
	 * on what begin() was given, on nothing else. May allocate in the current memory context, which lives for a batch; may
	 * also return Datums that belong to the state.
	 */
	void (*row)(void *state, int64 row, Datum *values, bool *nulls);

	/*
	 * The number of the row that has this key (the columns in "key", none NULL), or -1 if there is none. NULL: not to be had; rows that are
	 * there are then found by a join with the generator, which takes as long as making them.
	 */
	int64 (*identify)(void *state, const Datum *key);
} PkTable;

typedef struct PkWorkload
{
	const char *name;
	const char *description;
	const char *seeder;							/* name of the SQL function */
	const char *const *requires;				/* extensions beside perfkit, NULL-terminated */
	const PkTable *const *tables;				/* the main table first; NULL-terminated */
	void (*remark)(const PkSeedParams *params); /* says by NOTICE what cannot be had with these; NULL: nothing */
} PkWorkload;

#endif /* PK_SEED_WORKLOAD_H */
