/*
 * settings.h
 *	  Kinds of plan nodes that are switched off, although the plan would be better with them.
 */
#ifndef PK_CAUSES_SETTINGS_H
#define PK_CAUSES_SETTINGS_H

#include "postgres.h"

#include "advice/finding.h"
#include "advice/replan.h"

/*
 * The finding about the whole plan; NULL if no setting matters. Those that keep the planner from
 * using indexes are found for each scan, see losing.h. "off" is set to the names of all settings
 * that matter.
 */
extern PkFinding *pk_settings_find(const PkFailure *failure, List **off);

#endif /* PK_CAUSES_SETTINGS_H */
