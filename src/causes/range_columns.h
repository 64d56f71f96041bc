/*
 * range_columns.h
 *	  A value that is looked for between two columns.
 */
#ifndef PK_CAUSES_RANGE_COLUMNS_H
#define PK_CAUSES_RANGE_COLUMNS_H

#include "postgres.h"

#include "causes/inquiry.h"

/* The finding that the scan in question is on such a pair of conditions; NULL if it is not. */
extern PkFinding *pk_range_columns_find(const PkInquiry *inquiry);

#endif /* PK_CAUSES_RANGE_COLUMNS_H */
