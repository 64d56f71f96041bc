/*
 * guard.h
 *	  Watches the statements of a session or server for sequential scans of large tables.
 */
#ifndef PK_GUARD_GUARD_H
#define PK_GUARD_GUARD_H

#include "postgres.h"

/* Define the settings and install the hook; from _PG_init(). */
extern void pk_guard_init(void);

#endif /* PK_GUARD_GUARD_H */
