/*
 * clause.h
 *	  What a condition on a table compares with what, and how.
 *
 * The parse tree has a node type for each way to write a condition, and either side may be the
 * table's. All code that looks into conditions does so through this, so that a form is known
 * everywhere or nowhere.
 */
#ifndef PK_ADVICE_CLAUSE_H
#define PK_ADVICE_CLAUSE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

#include "advice/table_ref.h"

typedef enum PkClauseForm
{
	PK_CLAUSE_OTHER,	  /* anything else */
	PK_CLAUSE_COMPARISON, /* compared OPERATOR value */
	PK_CLAUSE_ANY,		  /* compared OPERATOR ANY (value) */
	PK_CLAUSE_ALL,		  /* compared OPERATOR ALL (value) */
	PK_CLAUSE_ROW,		  /* (compared, ...) OPERATOR (value, ...) */
	PK_CLAUSE_NULL_TEST,  /* compared IS NULL; negated: IS NOT NULL */
	PK_CLAUSE_TRUTH,	  /* compared, compared IS TRUE; negated: NOT compared, IS FALSE */
	PK_CLAUSE_NOT_TRUTH,  /* compared IS NOT TRUE, IS NOT FALSE, IS [NOT] UNKNOWN */
	PK_CLAUSE_DISTINCT,	  /* compared IS DISTINCT FROM value; negated: IS NOT DISTINCT FROM */
	PK_CLAUSE_FUNCTION,	  /* a function that returns a boolean, with compared as an argument */
	PK_CLAUSE_SUBPLAN,	  /* IN (SELECT ...), EXISTS; negated: NOT IN */
	PK_CLAUSE_NOT,		  /* NOT of anything else, which is in args */
	PK_CLAUSE_AND,		  /* of args */
	PK_CLAUSE_OR,		  /* of args */
} PkClauseForm;

/* Points into the condition that it was taken from. */
typedef struct PkClause
{
	PkClauseForm form;
	Node *node; /* all of it */
	bool negated;
	/* the side that has columns of the table, without relabeling casts; NULL where there is none */
	Node *compared;
	Node *relabeled; /* the same with its relabeling cast, if it had one; otherwise NULL */
	Oid opno;		 /* as if "compared" were on its left; invalid where there is none */
	Node *value;	 /* the other side, or NULL */
	Oid collation;	 /* by which it compares */
	bool both_sides; /* "value" has columns of the table, too */
	List *args;
} PkClause;

/* text ^@ text; to the planner, starts_with() is the same. */
#define PK_CLAUSE_STARTS_WITH_OP 3877

extern void pk_clause_take(Node *node, PkTableRef table, PkClause *clause);

/* The expression without relabeling casts, which change nothing. */
extern Node *pk_clause_strip(Node *node);

/* Is it a cast that does not appear in the query and changes the value? */
extern bool pk_clause_is_implicit_cast(Node *node);

/* Is it a cast of any kind that changes the value? */
extern bool pk_clause_is_cast(Node *node);

/* Does the expression contain the other one, or is it that? */
extern bool pk_clause_contains(Node *node, Node *part);

/*
 * Does it measure how a column relates to a value, such as a distance? An index on that would serve
 * for the one value only.
 */
extern bool pk_clause_is_measure(Node *node);

/* Does it contain a value that the server computes elsewhere in the plan, which no SQL can name? */
extern bool pk_clause_has_internal(Node *node);

/* The constant text that the clause compares with; NULL if it is not known or no text. */
extern const char *pk_clause_pattern(const PkClause *clause);

/* Is the operator, or its commutator, supported by any access method? */
extern bool pk_clause_is_indexable(Oid opno);

/* Is the operator only the negation of one that access methods support? */
extern bool pk_clause_is_negation(Oid opno);

/* "~~ (text, text)" */
extern char *pk_clause_operator_name(Oid opno);

#endif /* PK_ADVICE_CLAUSE_H */
