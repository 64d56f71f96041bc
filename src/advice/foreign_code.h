/*
 * foreign_code.h
 *	  Could reading a table, or analyzing a copy of it, call code that another role wrote?
 */
#ifndef PK_ADVICE_FOREIGN_CODE_H
#define PK_ADVICE_FOREIGN_CODE_H

#include "postgres.h"

#include "nodes/nodes.h"
#include "utils/relcache.h"

/*
 * Could the expression, deparsed and evaluated again, call a function that did not come with the
 * server? True for any kind of expression that is not known.
 */
extern bool pk_foreign_code_in_expression(Node *node);

/*
 * Does it call functions of a role that is neither a superuser nor the current user? Unlike the
 * above, those of extensions are allowed.
 */
extern bool pk_foreign_code_of_others(Node *node);

/* Could ANALYZE of these columns, or of statistics objects like those of the relation, call one? */
extern bool pk_foreign_code_in_analyze(Relation relation);

#endif /* PK_ADVICE_FOREIGN_CODE_H */
