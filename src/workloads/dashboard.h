/*
 * dashboard.h
 *	  What the files of workload "dashboard" share.
 */
#ifndef PK_WORKLOADS_DASHBOARD_H
#define PK_WORKLOADS_DASHBOARD_H

#include "postgres.h"

#include "seed/workload.h"

#define PK_DASHBOARD_MAX_EVENTS 1000000

/* The tables beside events; dashboard_rows.c fills them. */
extern const PkTable pk_dashboard_orders;
extern const PkTable pk_dashboard_tickets;
extern const PkTable pk_dashboard_vip_reservations;
extern const PkTable pk_dashboard_scan_logs;

#endif /* PK_WORKLOADS_DASHBOARD_H */
