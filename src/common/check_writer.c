/*
 * check_writer.c
 *	  Which role wrote a check's query, and as which role it may be planned.
 *
 * Planning runs code: the planner evaluates IMMUTABLE functions of constants anywhere in a query. A
 * query that another role wrote must not do so with privileges that this role lacks. Two cases are
 * safe. A writer who has the privileges of the verifier gains nothing, so the query is planned as
 * the verifier. A verifier who has the privileges of the writer can plan as the writer, as REFRESH
 * MATERIALIZED VIEW does for the view's owner. In all other cases the query is not planned.
 *
 * The writer is stored in a type of perfkit's own. With regrole, a dump could not be restored where
 * a role is missing, and a dropped role, which regrole writes as a number, could be another role
 * there. A name would refer to a different role after ALTER ROLE RENAME.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "common/check_writer.h"

PG_FUNCTION_INFO_V1(perfkit_role_in);
PG_FUNCTION_INFO_V1(perfkit_role_out);
PG_FUNCTION_INFO_V1(perfkit_role_recv);
PG_FUNCTION_INFO_V1(perfkit_role_send);

/* Unlike any other text, it cannot be the name of a role. */
#define NO_ROLE ""

Oid
pk_check_writer_planner(Oid writer, Oid verifier)
{
	char *name = OidIsValid(writer) ? GetUserNameFromId(writer, true) : NULL;

	if (name == NULL)
		return InvalidOid;
	if (has_privs_of_role(writer, verifier))
		return verifier;
	if (has_privs_of_role(verifier, writer))
		return writer;
	return InvalidOid;
}

/* Rollback restores the user and the security context; see AbortSubTransaction(). */
void
pk_check_writer_assume(Oid role)
{
	Oid user;
	int context;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(role, context | SECURITY_RESTRICTED_OPERATION);
}

/* The role of this name, or none; no role has a name that is too long. */
static Oid
role_of_name(const char *name)
{
	return strlen(name) < NAMEDATALEN ? get_role_oid(name, true) : InvalidOid;
}

static char *
name_of_role(Oid role)
{
	char *name = OidIsValid(role) ? GetUserNameFromId(role, true) : NULL;

	return name != NULL ? name : pstrdup(NO_ROLE);
}

/* perfkit_role_in(name cstring) -> perfkit_role */
Datum
perfkit_role_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_OID(role_of_name(PG_GETARG_CSTRING(0)));
}

/* perfkit_role_out(role perfkit_role) -> cstring */
Datum
perfkit_role_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(name_of_role(PG_GETARG_OID(0)));
}

/* perfkit_role_recv(buffer internal) -> perfkit_role; by name, as OIDs differ between servers */
Datum
perfkit_role_recv(PG_FUNCTION_ARGS)
{
	StringInfo buffer = (StringInfo) PG_GETARG_POINTER(0);
	int length;

	PG_RETURN_OID(role_of_name(pq_getmsgtext(buffer, buffer->len - buffer->cursor, &length)));
}

/* perfkit_role_send(role perfkit_role) -> bytea */
Datum
perfkit_role_send(PG_FUNCTION_ARGS)
{
	const char *name = name_of_role(PG_GETARG_OID(0));
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendtext(&buffer, name, strlen(name));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}
