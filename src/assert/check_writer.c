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
#include "miscadmin.h"
#include "utils/acl.h"

#include "assert/check_writer.h"

PG_FUNCTION_INFO_V1(perfkit_role_in);
PG_FUNCTION_INFO_V1(perfkit_role_out);

#define NO_ROLE "-"

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

/* perfkit_role_in(name cstring) -> perfkit_role; no role has a name that is too long */
Datum
perfkit_role_in(PG_FUNCTION_ARGS)
{
	const char *name = PG_GETARG_CSTRING(0);

	if (strcmp(name, NO_ROLE) == 0 || strlen(name) >= NAMEDATALEN)
		PG_RETURN_OID(InvalidOid);
	PG_RETURN_OID(get_role_oid(name, true));
}

/* perfkit_role_out(role perfkit_role) -> cstring */
Datum
perfkit_role_out(PG_FUNCTION_ARGS)
{
	Oid role = PG_GETARG_OID(0);
	char *name = OidIsValid(role) ? GetUserNameFromId(role, true) : NULL;

	PG_RETURN_CSTRING(name != NULL ? name : pstrdup(NO_ROLE));
}
