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
	PK_PROOF_BUILT,		   /* planned with an index that was built and rolled back */
} PkProof;

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
	char *settings;
	char *range;		/* the condition as a range, in outline */
	PkCandidateUse use; /* what an index on "columns" would be used for */
	char *columns;
	char *stale; /* how the table has changed, see plan/table_state.h */
	/* an expression that depends on settings such as TimeZone, so no index can have it */
	bool mutable;
	char *value;	  /* a constant, as SQL */
	char *threshold;  /* the setting that has the operator's limit */
	double setting;	  /* a value of a setting with which the index would be chosen */
	char *constraint; /* the foreign key */
	char *referenced; /* the table that it refers to */
	bool implicit;	  /* the query does not show the cast */
	bool computed;	  /* the condition is on the result of an aggregate */
	bool none_equal;  /* no row can satisfy the condition */
	bool in_or;		  /* the condition is an arm of an OR, whose other arms are of no use without it */

	/* numbers */
	double share;			  /* of the table's rows that the condition keeps, in percent */
	double break_even_factor; /* how much the table must grow for the index to be chosen */
	double break_even_rows;

	/* the remedy */
	char *remedy_sql; /* a statement to run, or the condition as it would be served */
	PkProof proof;
	bool chosen;			 /* the planner chooses the remedy, rather than could use it */
	char *unproven;			 /* why it was not tried: end of a sentence, without a period */
	double cost;			 /* of the query as it is */
	double cost_with_remedy; /* of the query with it, or with "indexes" */
} PkFinding;

/* A finding with its cause and table, and with numbers unknown. In the current memory context. */
extern PkFinding *pk_finding_make(PkCause cause, Oid relid);

#endif /* PK_ADVICE_FINDING_H */
