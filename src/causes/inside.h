/*
 * inside.h
 *	  Conditions on an expression that contains an index's key: a cast, a function, arithmetic.
 */
#ifndef PK_CAUSES_INSIDE_H
#define PK_CAUSES_INSIDE_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * The finding that the condition compares "compared", which contains "key". Its remedy_sql is the
 * condition on the key itself, and its condition is the arm of an OR that remedy_sql stands for.
 * It is decisive if such a condition or a range would be served. "alone": the condition is no arm
 * of an OR.
 */
extern PkFinding *pk_inside_find(const PkInquiry *inquiry, Node *key, Node *compared, Node *condition,
								 bool alone);

#endif /* PK_CAUSES_INSIDE_H */
