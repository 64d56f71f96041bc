/*
 * case_expression.h
 *	  Conditions that CASE chooses.
 */
#ifndef PK_CAUSES_CASE_EXPRESSION_H
#define PK_CAUSES_CASE_EXPRESSION_H

#include "postgres.h"

#include "advice/clause.h"
#include "causes/inquiry.h"

/* The condition is a CASE, or compares one: with the same in AND and OR. NULL if it is not. */
extern PkFinding *pk_case_find(const PkInquiry *inquiry, const PkClause *clause);

#endif /* PK_CAUSES_CASE_EXPRESSION_H */
