/*
 * perfkit.c
 *	  Module entry: the magic block, and _PG_init calling each module's own init.
 *
 * Nothing else belongs here. A module that needs GUCs or hooks declares a pk_<module>_init() and
 * is called from _PG_init.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "common/compat.h"
#include "guard/guard.h"
#include "plan/trigger_work.h"
#include "plan/whatif.h"

PK_MODULE_MAGIC("perfkit", PERFKIT_VERSION);

void _PG_init(void);

void
_PG_init(void)
{
	pk_whatif_init();
	pk_guard_init();
	pk_trigger_work_init();

	/*
	 * once every module has defined its own: a typing error in any other name is an error from
	 * now on
	 */
	MarkGUCPrefixReserved("perfkit");
}
