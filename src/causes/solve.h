/*
 * solve.h
 *	  A condition on an expression, solved for the column in it.
 */
#ifndef PK_CAUSES_SOLVE_H
#define PK_CAUSES_SOLVE_H

#include "postgres.h"

#include "advice/clause.h"
#include "causes/inquiry.h"

/*
 * Is it computed from the key and something that is not of the table, by an operation that can be
 * undone on the other side?
 */
extern bool pk_solve_is_arithmetic(Node *compared, Node *key);

/*
 * The condition with the key alone on one side, in finding->remedy_sql, and whether and when its
 * result differs. Nothing where the result is no value of the column's type or cannot be typed.
 */
extern void pk_solve_arithmetic(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding);

/*
 * The same for a cast of the key. False if there is no condition on the key alone that finds the
 * same rows. "alone": the clause is no arm of an OR.
 */
extern bool pk_solve_cast(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding,
						  bool alone);

/*
 * The same for COALESCE(key, constant) compared with a constant, where it is known how nulls
 * compare.
 */
extern bool pk_solve_coalesce(const PkInquiry *inquiry, const PkClause *clause, Node *key, PkFinding *finding);

/* The same for key <@ a constant range: two comparisons; NULL for anything else. */
extern char *pk_solve_containment(const PkInquiry *inquiry, Oid opno, Node *key, Node *value);

#endif /* PK_CAUSES_SOLVE_H */
