/*
 * finding.h
 *	  One thing that keeps a table of a query from being read by an index, or makes the query work
 *	  too much: its cause, where it is, what it is about, and what would remedy it.
 *
 * A finding holds facts, never sentences. Texts in it are SQL: names, expressions, types,
 * statements.
 * assert/sentences.c turns it into English, and perfkit_diagnose() into a row.
 */
#ifndef PK_ADVICE_FINDING_H
#define PK_ADVICE_FINDING_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "advice/candidate.h"
#include "advice/cause.h"
#include "advice/table_ref.h"

/* How it is known that the remedy helps. */
typedef enum PkProof
{
	PK_PROOF_NONE,		   /* it is not: "unproven" says why, or there is nothing to prove */
	PK_PROOF_PLANNED,	   /* the query was planned with the remedy */
	PK_PROOF_HYPOTHETICAL, /* planned with a hypothetical index of hypopg */
	/* planned with an index that was built on a sample of the table and rolled back */
	PK_PROOF_BUILT,
	PK_PROOF_ESTIMATED, /* a copy of the table was analyzed with it */
} PkProof;

/* What "remedy_sql" is. */
typedef enum PkRemedyKind
{
	PK_REMEDY_STATEMENT, /* one to be run, or several */
	PK_REMEDY_CONDITION, /* in place of "condition" */
	PK_REMEDY_ORDER,	 /* an expression to order by, in place of "expression" */
} PkRemedyKind;

/* Does the query, rewritten as the remedy says, return the same rows? */
typedef enum PkSameResult
{
	PK_SAME_UNKNOWN,   /* not known, or not a rewrite; see also "changes" */
	PK_SAME_BY_RULE,   /* for any data */
	PK_SAME_ON_SAMPLE, /* for "compared_rows" rows of the table, on which both were run */
	PK_SAME_NOT,	   /* not for those */
} PkSameResult;

/*
 * When a rewrite changes the result, beyond what same_result tells: bits of a closed list. Users
 * see their names, and a sentence for each.
 */
typedef enum PkResultChange
{
	PK_RESULT_NULLS = 1 << 0,		  /* a value is null */
	PK_RESULT_TIME_ZONE = 1 << 1,	  /* TimeZone is another one */
	PK_RESULT_BLANK_PADDING = 1 << 2, /* values differ only in trailing blanks */
	PK_RESULT_CASE = 1 << 3,		  /* values differ only in case */
	PK_RESULT_DUPLICATES = 1 << 4,	  /* several rows match one */
	PK_RESULT_TIES = 1 << 5,		  /* rows are equal by the order */
	PK_RESULT_COLLATION = 1 << 6,	  /* the collations disagree about values */
	PK_RESULT_ROUNDING = 1 << 7,	  /* values are rounded differently */
	PK_RESULT_NO_SUCH_VALUE = 1 << 8, /* the value is none of the column's type */
	PK_RESULT_SETTING = 1 << 9,		  /* a setting that has the limit is another one */
	PK_RESULT_ROWS_BEFORE = 1 << 10,  /* the condition discards rows that would be chosen or counted */
	PK_RESULT_FORMAT = 1 << 11,		  /* equal values are written differently */
	PK_RESULT_CALENDAR = 1 << 12,	  /* days and months differ in length */
	PK_RESULT_INPUT = 1 << 13,		  /* it fails where the text is no value of the type */
	PK_RESULT_NOT_FINITE = 1 << 14,	  /* a value is infinite, or not a number */
} PkResultChange;

#define PK_NUM_RESULT_CHANGES 15

/* Why a query does not imply the predicate of a partial index. */
typedef enum PkUnimplied
{
	PK_UNIMPLIED_SILENT,	/* no condition is on its columns */
	PK_UNIMPLIED_PARAMETER, /* a value is not known */
	PK_UNIMPLIED_LIST,		/* a list is too long to be looked into, but all of it implies it */
	PK_UNIMPLIED_NEGATION,	/* a condition says which values are not wanted */
	PK_UNIMPLIED_OTHER,		/* another condition is on its columns */
} PkUnimplied;

/* Unset fields are zero or NULL; numbers that may be unknown are negative then. */
typedef struct PkFinding
{
	PkCause cause;

	/* where */
	int node_id; /* as in perfkit_plan() */
	Oid relid;
	const char *alias; /* of the table in the query */
	char *condition;
	Oid index;	   /* the existing index that keeps from serving */
	List *indexes; /* OIDs of existing indexes that serve */
	/* other remedies for the same scan are superfluous */
	bool decisive;

	/* operands: what the condition compares, and what the index has */
	char *column;		   /* the index's key, or the column */
	char *type;			   /* its type */
	char *expression;	   /* what the condition compares instead */
	char *expression_type; /* its type */
	char *operator;
	char *method; /* access method */
	char *family; /* operator family */
	char *collation;
	char *other_collation; /* by which the condition compares */
	char *predicate;	   /* of a partial index */
	PkUnimplied unimplied; /* why the query does not imply it */
	char *settings;
	char *range;		/* the condition as a range, in outline */
	PkCandidateUse use; /* what an index on "columns" would be used for */
	char *columns;
	char *stale; /* how the table has changed, see plan/table_state.h */
	/* an expression that depends on settings such as TimeZone, so no index can have it */
	bool mutable;
	char *value;	   /* a constant, as SQL */
	char *threshold;   /* the setting that has the operator's limit */
	double setting;	   /* a value of a setting with which the index would be chosen */
	char *constraint;  /* the foreign key */
	char *referenced;  /* the table that it refers to */
	const char *event; /* what happens to a row of it: "that is deleted from" */
	char *server;	   /* foreign server */
	char *object;	   /* what it does not know: "function f(integer)" */
	char *extension;   /* that the object belongs to */
	char *volatility;  /* "stable" or "volatile", of "expression" */
	char *construct;   /* what is never sent to it: "COALESCE" */
	char *correlation; /* of the column with the order of the table, from pg_stats */
	bool recursive;	   /* the CTE is, so that it is always computed by itself */
	bool by_join;	   /* the condition is that of a join */
	bool none_equal;   /* no row can satisfy the condition */
	/* the index is used, and the condition is a filter on its rows */
	bool above_index;
	bool in_or;				/* the condition is an arm of an OR, whose other arms are of no use without it */
	char *fixed;			/* the same expression in a fixed time zone, so that an index can have it */
	char *as_indexed;		/* the index's similar expression */
	char *contains;			/* for a part of a jsonb document: the condition by @> */
	char *duplicates;		/* a query for rows that keep a unique index from being built */
	char *duplicate;		/* one of its keys that was found: "(a, b)=(1, 2)" */
	bool duplicates_in_all; /* all rows were looked at, rather than those of the first pages */
	bool measure;			/* the expression relates the column to a value, such as a distance */
	bool is_text;			/* the column is a text */
	bool one_arm;			/* the condition is the only arm of an OR that lacks an index */
	char *victim;			/* the table that is scanned because of a wrong estimate */

	/* numbers */
	double share;			  /* of the table's rows that the condition keeps, in percent */
	double rows;			  /* that are expected to be read */
	double all_rows;		  /* of the table */
	double break_even_factor; /* how much the table must grow for the index to be chosen */
	double break_even_rows;
	double duplicate_keys; /* keys of a unique index that were found more than once */
	double duplicate_rows; /* that have the key "duplicate" */
	double rows_estimated; /* rows, or distinct values of the column, that the planner assumes */
	double rows_found;	   /* the same by a sample, or with which another plan would be chosen */

	/* the remedy */
	char *remedy_sql;
	PkRemedyKind remedy_kind; /* what that is */
	PkProof proof;			  /* that it helps */
	bool chosen;			  /* the planner chooses the remedy, rather than could use it */
	char *unproven;			  /* why it was not tried: end of a sentence, without a period */
	double cost;			  /* of the query as it is */
	double cost_with_remedy;  /* of the query with it, or with "indexes" */

	/* whether a rewrite returns the same rows */
	PkSameResult same_result;
	int changes;		  /* PkResultChange bits */
	double compared_rows; /* of the table, if it was tried */
	double same_rows;	  /* how many of them both conditions keep; of PK_SAME_NOT, only one does */
} PkFinding;

/* A finding with its cause and table, and with numbers unknown. In the current memory context. */
extern PkFinding *pk_finding_make(PkCause cause, Oid relid);

#endif /* PK_ADVICE_FINDING_H */
