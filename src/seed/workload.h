/*
 * workload.h
 *	  What a workload is: its tables, and for each a function from a row's number to the row.
 *
 * A workload is one file in src/workloads that fills in a PkWorkload and its PkTables; the registry
 * there names it. The loader creates tables, checks those that exist, loads them and adds to them
 * from these descriptions alone, and knows no workload.
 *
 * A description need not be static. One that is built at run time, say from the catalog for a table
 * of the user's, is a struct that begins with a PkTable, allocated in a context that outlives the
 * load: begin() is passed the table, so it can reach the rest of the struct, and so can an
 * argument's value(). Its generator can be a single function for all such tables if that is
 * declared to take anyarray and to return SETOF anyelement, and is passed an empty array of the
 * table's row type.
 */
#ifndef PK_SEED_WORKLOAD_H
#define PK_SEED_WORKLOAD_H

#include "postgres.h"

#include "datatype/timestamp.h"

/*
 * No table can hold more rows than this: it has at most 2^32 pages of 8 kB with at most 291 tuples
 * each, and perfkit's tuples are larger than the smallest.
 */
#define PK_MAX_ROWS INT64CONST(1000000000000)

/* Everything that a row depends on besides its number. The caller has checked each value. */
typedef struct PkSeedParams
{
	int64 nrows; /* rows asked for, in the main table */
	int64 random_seed;
	TimestampTz anchor; /* the instant that stands for "now"; finite */
	const void *own;	/* the workload's own parameters, whose type only its files know; NULL: none */
} PkSeedParams;

typedef struct PkColumn
{
	const char *name;
	const char *type;	   /* the type that row() makes, with its modifiers: "varchar(255)" */
	const char *suffix;	   /* what follows the type in CREATE TABLE; may be "" */
	bool nullable;		   /* row() may return NULL */
	const char *extension; /* that the type comes from; NULL: it is in pg_catalog */

	/*
	 * For a type that a generator function cannot be declared to return, because perfkit can be
	 * installed without the extension: the value as an expression in other columns that the
	 * function returns. %1$s in it is the quoted schema of the extension. NULL: the function
	 * returns the column itself.
	 */
	const char *expression;
} PkColumn;

typedef struct PkIndex
{
	const char *name;
	const char *method;
	const char *keys;	   /* the key list, without parentheses; with an opclass, a single column */
	const char *opclass;   /* operator class, or NULL for the types' defaults */
	const char *extension; /* that the operator class comes from; NULL: it is in pg_catalog */
} PkIndex;

/* A foreign key to a table that comes before this one in the workload's list. */
typedef struct PkForeignKey
{
	const char *columns;	/* of this table, as in FOREIGN KEY (...) */
	const char *table;		/* the referenced table, in the same schema */
	const char *referenced; /* its columns */
} PkForeignKey;

typedef struct PkTable PkTable;

/* Some rows of a table, as SQL is asked for them. */
typedef struct PkSlice
{
	const PkTable *table;
	const PkSeedParams *params;
	int64 first_row;
	int64 nrows;
} PkSlice;

/* An argument of a generator function. */
typedef struct PkArgument
{
	Oid type; /* exactly the one that the function is declared with */
	Datum (*value)(const PkSlice *slice);
} PkArgument;

/* The values that most generators take. */
extern Datum pk_slice_nrows(const PkSlice *slice);
extern Datum pk_slice_first_row(const PkSlice *slice);
extern Datum pk_slice_random_seed(const PkSlice *slice);
extern Datum pk_slice_anchor(const PkSlice *slice);

struct PkTable
{
	const char *name;
	const PkColumn *columns;
	int ncolumns;
	const char *key;				/* columns that identify a row, as in USING (...); of types in pg_catalog */
	const char *anchored;			/* the key and a column that depends on the anchor, or NULL */
	const char *const *constraints; /* table constraints for CREATE TABLE, NULL-terminated */
	const PkIndex *indexes;			/* secondary indexes */
	int nindexes;
	const PkForeignKey *foreign_keys;
	int nforeign_keys;

	/*
	 * The workload's perfkit_generate_ function for this table, which returns the rows in SQL, and
	 * its arguments in order.
	 */
	const char *generator;
	const PkArgument *arguments;
	int narguments;

	/*
	 * A bigint column that holds the row number + 1 and is created as bigserial; its sequence has
	 * to be beyond all rows. NULL: none.
	 */
	const char *serial;

	/*
	 * Rows make sense only together: what the table holds must be the first rows of the same seed,
	 * else nothing is inserted (55000). Otherwise rows that conflict with existing ones are
	 * skipped.
	 */
	bool whole;

	/*
	 * How many row numbers the table has when the main table has params->nrows rows. NULL: as many;
	 * this is the main table, or shares its row numbers and comes after it.
	 */
	int64 (*count)(const PkSeedParams *params);

	/*
	 * Prepares row(): allocates its state in the current memory context, which outlives all calls
	 * of row(). Raises an error where an anchor would take a row's timestamps out of range.
	 */
	void *(*begin)(const PkTable *table, const PkSeedParams *params);

	/*
	 * The first row number from "row" on, and below "end", that has a row; else "end". NULL: every
	 * number has one.
	 */
	int64 (*next)(void *state, int64 row, int64 end);

	/*
	 * Row number "row" (0 <= row < PK_MAX_ROWS) into values and nulls, in column order. Depends
	 * only on the row's number and on what begin() was passed. May allocate in the current memory
	 * context, which lives for a batch; may also return Datums that belong to the state.
	 */
	void (*row)(void *state, int64 row, Datum *values, bool *nulls);

	/*
	 * The number of the row that has this key (the columns in "key", none NULL), or -1 if there is
	 * none. NULL: the key does not tell; existing rows are then found by a join with the generator,
	 * which takes as long as generating them.
	 */
	int64 (*identify)(void *state, const Datum *key);
};

typedef struct PkWorkload
{
	const char *name;
	const char *description;
	const char *seeder;			  /* name of the SQL function */
	const char *const *requires;  /* extensions besides perfkit, NULL-terminated */
	const PkTable *const *tables; /* in the order in which they are filled; NULL-terminated */
	const PkTable *main;		  /* the one whose rows are counted; NULL: the first */
	/* reports by NOTICE what these parameters cannot provide; NULL: nothing to report */
	void (*remark)(const PkSeedParams *params);
} PkWorkload;

/* A column's type in this database. */
typedef struct PkColumnType
{
	Oid oid;
	int32 typmod;
} PkColumnType;

/*
 * The types of a table's columns, palloc'd. Each is looked up where its extension is installed,
 * whatever the search path; an extension that is missing is an error (55000).
 */
extern PkColumnType *pk_column_types(const PkTable *table);

#endif /* PK_SEED_WORKLOAD_H */
