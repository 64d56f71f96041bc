/*
 * registry.h
 *	  All workloads that perfkit ships.
 */
#ifndef PK_WORKLOADS_REGISTRY_H
#define PK_WORKLOADS_REGISTRY_H

#include "postgres.h"

#include "seed/workload.h"

/*
 * The registry, in the order in which perfkit_workloads() lists it. A workload NAME defines
 * pk_workload_NAME, and needs one line here.
 */
#define PK_WORKLOADS(WORKLOAD) \
	WORKLOAD(events)           \
	WORKLOAD(domain_events)    \
	WORKLOAD(dashboard)        \
	WORKLOAD(marketplace)

#define PK_DECLARE_WORKLOAD(name) extern const PkWorkload pk_workload_##name;
PK_WORKLOADS(PK_DECLARE_WORKLOAD)

#endif /* PK_WORKLOADS_REGISTRY_H */
