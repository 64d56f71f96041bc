/*
 * own_work.h
 *	  Statements that perfkit runs for its own purposes, and which are not the application's.
 */
#ifndef PK_COMMON_OWN_WORK_H
#define PK_COMMON_OWN_WORK_H

#include "postgres.h"

/*
 * Between these two, perfkit.guard is off. begin() returns what end() wants to have; after an error there is nothing to end, for
 * settings return with the end of the (sub)transaction.
 */
extern int pk_own_work_begin(void);
extern void pk_own_work_end(int nest_level);

#endif /* PK_COMMON_OWN_WORK_H */
