/*
 * statement.c
 *	  From a query argument to the one plannable statement in it.
 */
#include "postgres.h"

#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"

#include "common/statement.h"

void
pk_statement_locate_error(void *query)
{
	int position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) query);
	}
	else
		errcontext("planning of query \"%s\"", (const char *) query);
}

/* What to say of a command without a plan. "statement" is a raw or an analyzed one. */
static void
refuse_utility(Node *statement)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cannot plan a utility command"),
			 errdetail("The statement is %s.", CreateCommandName(statement)),
			 errhint("Pass a SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE statement. Of EXPLAIN, DECLARE CURSOR, "
					 "PREPARE and CREATE TABLE AS, pass the query alone.")));
}

RawStmt *
pk_statement_parse(const char *query)
{
	List *statements = pg_parse_query(query);
	RawStmt *statement;

	if (statements == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("query is empty"),
						errhint("Pass exactly one statement.")));
	if (list_length(statements) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("query has %d statements", list_length(statements)),
						errhint("Pass exactly one statement.")));

	statement = linitial_node(RawStmt, statements);
	switch (nodeTag(statement->stmt))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
			break;
		default:
			/* before analysis, which for some of these looks up what it must not */
			refuse_utility(statement->stmt);
	}
	return statement;
}

Query *
pk_statement_rewritten(List *rewritten)
{
	Query *result;

	if (rewritten == NIL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a rule rewrites the query to nothing"),
						errdetail("There is no plan to look at.")));
	if (list_length(rewritten) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("rules rewrite the query into %d statements", list_length(rewritten)),
						errhint("Pass the statement that the rule adds, or the original on a table without the "
								"rule.")));
	result = linitial_node(Query, rewritten);
	if (result->commandType == CMD_UTILITY) /* SELECT INTO, or a rule DO INSTEAD NOTIFY */
		refuse_utility(result->utilityStmt);
	return result;
}
