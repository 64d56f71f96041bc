/*
 * dashboard.c
 *	  Workload "dashboard": what an event's owner watches while tickets are sold and scanned.
 *
 * Its events are those of workload "events". See dashboard_rows.c for the other tables.
 */
#include "postgres.h"

#include "fmgr.h"

#include "common/arguments.h"
#include "seed/seed.h"
#include "workloads/dashboard.h"
#include "workloads/events.h"
#include "workloads/registry.h"

static const PkTable *const tables[] = {
	&pk_events_table, &pk_dashboard_orders, &pk_dashboard_tickets, &pk_dashboard_vip_reservations,
	&pk_dashboard_scan_logs, NULL};
static const char *const requires[] = {"pg_trgm", NULL};

const PkWorkload pk_workload_dashboard = {
	.name = "dashboard",
	.description = "an event owner's dashboard: orders, tickets, reservations and scans of a few hot events",
	.seeder = "perfkit_seed_dashboard",
	.requires = requires,
	.tables = tables,
	.main = &pk_dashboard_tickets,
};

/* Argument "events". Rows need an event to refer to. */
static int64
arg_events(FunctionCallInfo fcinfo, int argno, int64 nrows, const char *rows)
{
	int32 events = pk_arg_int32(fcinfo, argno, "events", 0, PK_DASHBOARD_MAX_EVENTS,
								"Pass the number of events that tickets are sold for, such as 200.");

	if (events == 0 && nrows > 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"events\" must be above 0 where \"%s\" is", rows),
						errdetail("Each of the " INT64_FORMAT " rows belongs to an event.", nrows),
						errhint("Pass the number of events that tickets are sold for, such as 200.")));
	return events;
}

PG_FUNCTION_INFO_V1(perfkit_seed_dashboard);

/*
 * perfkit_seed_dashboard(events int, tickets bigint, random_seed bigint, starts_at timestamptz,
 * target_schema name) -> bigint
 */
Datum
perfkit_seed_dashboard(PG_FUNCTION_ARGS)
{
	int64 tickets = pk_arg_nrows(fcinfo, 1, "tickets");
	PkEventsParams own = {.events = arg_events(fcinfo, 0, tickets, "tickets")};
	PkSeedParams params = {
		.nrows = tickets,
		.random_seed = pk_arg_random_seed(fcinfo, 2, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 3, "starts_at"),
		.own = &own,
	};
	const char *schema = PG_ARGISNULL(4) ? NULL : NameStr(*PG_GETARG_NAME(4));

	PG_RETURN_INT64(pk_seed(fcinfo, &pk_workload_dashboard, &params, schema));
}

/* The arguments of the generators, which are the same, and the rows. */
static Datum
generate(FunctionCallInfo fcinfo, const PkTable *table)
{
	int64 nrows = pk_arg_nrows(fcinfo, 1, "n");
	PkEventsParams own = {.events = arg_events(fcinfo, 0, nrows, "n")};
	int64 first_row = pk_arg_first_row(fcinfo, 2, "first_row", nrows);
	PkSeedParams params = {
		.nrows = nrows,
		.random_seed = pk_arg_random_seed(fcinfo, 3, "random_seed"),
		.anchor = pk_arg_instant(fcinfo, 4, "starts_at"),
		.own = &own,
	};

	return pk_generate(fcinfo, table, &params, first_row, nrows);
}

PG_FUNCTION_INFO_V1(perfkit_generate_orders);

/*
 * perfkit_generate_orders(events int, n bigint, first_row bigint, random_seed bigint, starts_at
 * timestamptz) -> SETOF row; the other generators have the same arguments
 */
Datum
perfkit_generate_orders(PG_FUNCTION_ARGS)
{
	return generate(fcinfo, &pk_dashboard_orders);
}

PG_FUNCTION_INFO_V1(perfkit_generate_tickets);

Datum
perfkit_generate_tickets(PG_FUNCTION_ARGS)
{
	return generate(fcinfo, &pk_dashboard_tickets);
}

PG_FUNCTION_INFO_V1(perfkit_generate_vip_reservations);

Datum
perfkit_generate_vip_reservations(PG_FUNCTION_ARGS)
{
	return generate(fcinfo, &pk_dashboard_vip_reservations);
}

PG_FUNCTION_INFO_V1(perfkit_generate_scan_logs);

Datum
perfkit_generate_scan_logs(PG_FUNCTION_ARGS)
{
	return generate(fcinfo, &pk_dashboard_scan_logs);
}
