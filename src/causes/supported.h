/*
 * supported.h
 *	  Conditions that are functions which indexes answer, but of something else than the index has.
 */
#ifndef PK_CAUSES_SUPPORTED_H
#define PK_CAUSES_SUPPORTED_H

#include "postgres.h"

#include "causes/inquiry.h"

/*
 * A condition by such a function of a cast of an indexed column, or of another function of it; NULL
 * if there is none. The remedy is an index on that expression.
 */
extern PkFinding *pk_supported_find(const PkInquiry *inquiry);

#endif /* PK_CAUSES_SUPPORTED_H */
