/*
 * foreign_code.h
 *	  Could reading a table's rows, or analysing a copy of them, call what another role wrote?
 */
#ifndef PK_ADVICE_FOREIGN_CODE_H
#define PK_ADVICE_FOREIGN_CODE_H

#include "postgres.h"

#include "nodes/nodes.h"
#include "utils/relcache.h"

/*
 * Could the expression, written as SQL and evaluated again, call a function that did not come with the server? It says
 * so of any kind of expression that it does not know.
 */
extern bool pk_foreign_code_in_expression(Node *node);

/* Could ANALYZE of these columns, or of statistics objects like those of the relation, do so? */
extern bool pk_foreign_code_in_analyze(Relation relation);

#endif /* PK_ADVICE_FOREIGN_CODE_H */
