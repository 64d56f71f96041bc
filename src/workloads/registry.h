/*
 * registry.h
 *	  All workloads that perfkit ships.
 */
#ifndef PK_WORKLOADS_REGISTRY_H
#define PK_WORKLOADS_REGISTRY_H

#include "postgres.h"

#include "seed/workload.h"

/* NULL-terminated. */
extern const PkWorkload *const pk_workloads[];

/* One declaration for each file that defines a workload. */
extern const PkWorkload pk_workload_events;
extern const PkWorkload pk_workload_domain_events;

#endif /* PK_WORKLOADS_REGISTRY_H */
