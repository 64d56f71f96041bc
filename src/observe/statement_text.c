/*
 * statement_text.c
 *	  Texts of pg_stat_statements, made such that they can be planned.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "observe/statement_text.h"

static bool
is_word(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '.';
}

/* Where the word begins that ends before "end", white space left out; "end" where there is none. */
static const char *
word_before(const char *text, const char *end, const char **word_end)
{
	while (end > text && isspace((unsigned char) end[-1]))
		end--;
	*word_end = end;
	while (end > text && is_word(end[-1]))
		end--;
	return end;
}

char *
pk_statement_text_repair(const char *text, const ErrorData *error)
{
	const char *at = text;
	const char *type, *type_end, *number_end;

	if (error->sqlerrcode != ERRCODE_SYNTAX_ERROR || error->internalpos <= 0)
		return NULL;
	for (int i = 1; i < error->internalpos && *at != '\0'; i++)
		at += pg_encoding_mblen(GetDatabaseEncoding(), at);
	if (*at != '$' || !isdigit((unsigned char) at[1]))
		return NULL;
	number_end = at + 1 + strspn(at + 1, "0123456789");
	type = word_before(text, at, &type_end);
	if (type_end - type == 4 && pg_strncasecmp(type, "zone", 4) == 0)
	{
		const char *unused;

		/* timestamp with time zone */
		for (int i = 0; i < 3; i++)
			type = word_before(text, type, &unused);
	}
	if (type == type_end || isdigit((unsigned char) *type))
		return NULL;
	return psprintf("%.*sCAST(%.*s AS %.*s)%s", (int) (type - text), text, (int) (number_end - at), at, (int) (type_end - type),
					type, number_end);
}
