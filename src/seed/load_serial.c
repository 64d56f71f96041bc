/*
 * load_serial.c
 *	  Keeping a table's sequence ahead of the numbers of seeded rows.
 *
 * An application that appends after seeding takes its next number from the sequence. A sequence
 * that is ahead already is left alone, since its numbers may have been handed out. Like any change
 * to a sequence, this is not undone by ROLLBACK; that only leaves a gap in the numbers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "common/own_statement.h"
#include "seed/load_parts.h"

/*
 * The sequence of the table's serial or identity column, or InvalidOid. Sets the largest number it
 * can return.
 */
static Oid
serial_sequence(const PkLoad *load, int64 *largest)
{
	Oid types[] = {TEXTOID, TEXTOID};
	Datum values[] = {CStringGetTextDatum(load->relation_name), CStringGetTextDatum(load->table->serial)};
	const char *query = "SELECT seqrelid, seqmax FROM pg_catalog.pg_sequence WHERE seqincrement OPERATOR(pg_catalog.>) 0 "
						"AND seqrelid OPERATOR(pg_catalog.=) "
						"pg_catalog.pg_get_serial_sequence($1, $2)::pg_catalog.regclass::pg_catalog.oid";
	bool isnull;

	if (pk_own_execute(query, lengthof(types), types, values, 1) != SPI_OK_SELECT)
		elog(ERROR, "\"%s\" failed", query);
	if (SPI_processed == 0)
		return InvalidOid;
	*largest = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull));
	return DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
}

static char *
qualified_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

/*
 * Keep others from taking a number until the end of the transaction: one taken between the check
 * and setval() would be handed out twice. A caller who may not set the sequence may not lock it
 * either; setval() reports that if it has to be set.
 */
static void
lock_sequence(Oid sequence)
{
	if (pg_class_aclcheck(sequence, GetUserId(), ACL_UPDATE) == ACLCHECK_OK)
		LockRelationOid(sequence, ShareRowExclusiveLock);
}

void
pk_load_lock_serial(const PkLoad *load)
{
	Oid relid = get_relname_relid(load->table->name, load->schema);
	Oid sequence;
	int64 largest;

	/* The table is not locked yet. pk_table_open() deals with one that was dropped or altered. */
	if (!OidIsValid(relid) || get_attnum(relid, load->table->serial) == InvalidAttrNumber)
		return;
	sequence = serial_sequence(load, &largest);
	if (OidIsValid(sequence))
		lock_sequence(sequence);
}

void
pk_load_check_serial(const PkLoad *load)
{
	int64 largest;
	Oid sequence = serial_sequence(load, &largest);

	if (OidIsValid(sequence) && largest < load->nrows)
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("sequence %s ends before " INT64_FORMAT, qualified_name(sequence), load->nrows),
						errdetail("The rows of %s are to be numbered 1 to " INT64_FORMAT ", and the sequence's largest number is " INT64_FORMAT ".",
								  load->relation_name, load->nrows, largest),
						errhint("Run ALTER SEQUENCE %s NO MAXVALUE, or lower n.", qualified_name(sequence))));
}

void
pk_load_advance_serial(const PkLoad *load)
{
	int64 largest;
	Oid sequence = serial_sequence(load, &largest);
	Oid types[] = {OIDOID, INT8OID};
	Datum values[] = {ObjectIdGetDatum(sequence), Int64GetDatum(load->nrows)};
	char *command;

	if (!OidIsValid(sequence))
		return;

	/* Held already, unless the table was replaced while we waited for its lock. */
	lock_sequence(sequence);
	command = psprintf("SELECT pg_catalog.setval($1::pg_catalog.regclass, $2) FROM %s "
					   "WHERE last_value OPERATOR(pg_catalog.<) $2 OR NOT is_called AND last_value OPERATOR(pg_catalog.=) $2",
					   qualified_name(sequence));
	if (pk_own_execute(command, lengthof(types), types, values, 0) != SPI_OK_SELECT)
		elog(ERROR, "\"%s\" failed", command);
}
