/*
 * sample.c
 *	  The text of one statement out of the string that was sent; conversion of such texts.
 *
 * A plan records the location of its statement in the source text, but that of a query within a
 * command (CREATE TABLE AS, EXPLAIN, DECLARE CURSOR ...) does so only from PostgreSQL 18 on. The
 * command itself knows its location in all versions, so the command being executed is remembered.
 * Its text is also the better sample.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"

#include "common/compat.h"
#include "guard/sample.h"

/* The innermost command being executed, or NULL. */
typedef struct PkCommand
{
	const PlannedStmt *stmt;
	const char *text;
} PkCommand;

static const PkCommand *current_command = NULL;
static ProcessUtility_hook_type previous_utility = NULL;

static void
remember_command(PlannedStmt *stmt, const char *text, bool read_only, ProcessUtilityContext context,
				 ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	const PkCommand *outer = current_command;
	PkCommand command = {.stmt = stmt, .text = text};

	PG_TRY();
	{
		current_command = &command;
		if (previous_utility)
			previous_utility(stmt, text, read_only, context, params, environment, dest, completion);
		else
			standard_ProcessUtility(stmt, text, read_only, context, params, environment, dest, completion);
	}
	PG_FINALLY();
	{
		current_command = outer;
	}
	PG_END_TRY();
}

/* Does the command run a query whose text belongs to PREPARE? */
static bool
runs_prepared(Node *command)
{
	Node *query = NULL;

	if (IsA(command, ExecuteStmt))
		return true;
	if (IsA(command, ExplainStmt))
		query = ((ExplainStmt *) command)->query;
	else if (IsA(command, CreateTableAsStmt))
		query = ((CreateTableAsStmt *) command)->query;
	return query != NULL && IsA(query, Query) && ((Query *) query)->utilityStmt != NULL &&
		   runs_prepared(((Query *) query)->utilityStmt);
}

/* Is there anything after a semicolon? One within a literal counts too, to be on the safe side. */
static bool
may_be_several(const char *text)
{
	const char *end = strchr(text, ';');

	return end != NULL && end[1 + strspn(end + 1, "; \t\r\n\f\v")] != '\0';
}

const char *
pk_sample_text(const QueryDesc *desc, int *length)
{
	const char *text = desc->sourceText;
	const char *unknown = "<a statement of a rule>";
	int location = desc->plannedstmt->stmt_location;

	*length = desc->plannedstmt->stmt_len;
	/* a cursor has a copy of the text */
	if (current_command != NULL && !runs_prepared(current_command->stmt->utilityStmt) &&
		(text == current_command->text || strcmp(text, current_command->text) == 0))
	{
		location = current_command->stmt->stmt_location;
		*length = current_command->stmt->stmt_len;
	}
	/*
	 * rules are stored without their location in the text of CREATE RULE, which is not this text
	 * anyway
	 */
	if (location < 0 && may_be_several(text))
	{
		*length = strlen(unknown);
		return unknown;
	}
	return CleanQuerytext(text, &location, length);
}

/* Append bytes in escaped form. */
static void
append_escaped(StringInfo result, const unsigned char *bytes, int nbytes)
{
	for (int i = 0; i < nbytes; i++)
		appendStringInfo(result, "\\x%02X", bytes[i]);
}

/* The text has no encoding: bytes that are no character in this database are escaped. */
static void
recode_bytes(StringInfo result, const char *text)
{
	int encoding = GetDatabaseEncoding();

	while (*text != '\0')
	{
		int valid = pg_encoding_verifymbstr(encoding, text, strlen(text));

		appendBinaryStringInfo(result, text, valid);
		text += valid;
		if (*text != '\0')
			append_escaped(result, (const unsigned char *) text++, 1);
	}
}

char *
pk_sample_recode(const char *text, int encoding)
{
	int here = GetDatabaseEncoding();
	const unsigned char *from = (const unsigned char *) text;
	StringInfoData result;
	Oid conversion;

	if (encoding == here || here == PG_SQL_ASCII)
		return pstrdup(text);
	initStringInfo(&result);
	if (encoding == PG_SQL_ASCII)
	{
		recode_bytes(&result, text);
		return result.data;
	}
	conversion = FindDefaultConversionProc(encoding, here);
	while (*from != '\0')
	{
		int nbytes = strlen((const char *) from);
		int done;

		if (OidIsValid(conversion))
		{
			int room = nbytes * MAX_CONVERSION_GROWTH + 1;
			unsigned char *to = palloc(room);

			done = pg_do_encoding_conversion_buf(conversion, encoding, here, unconstify(unsigned char *, from), nbytes,
												 to, room, true);
			appendStringInfoString(&result, (char *) to);
			pfree(to);
		}
		else
		{
			done = 0;
			while (from[done] != '\0' && !IS_HIGHBIT_SET(from[done]))
				done++;
			appendBinaryStringInfo(&result, text + (from - (const unsigned char *) text), done);
		}
		from += done;
		if (*from != '\0')
		{
			/* the length of an invalid character may reach beyond the end of the text */
			int width = Min(pg_encoding_mblen(encoding, (const char *) from), (int) strlen((const char *) from));

			append_escaped(&result, from, width);
			from += width;
		}
	}
	return result.data;
}

void
pk_sample_init(void)
{
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = remember_command;
}
