/*
 * sales_block.h
 *	  Orders, their tickets and the scans of those, laid out in blocks of fixed size.
 *
 * An order has 1 to 6 tickets, and a ticket may be scanned; yet the order of ticket 5,000,000 and
 * the ticket of scan 3,000,000 must be known from the numbers alone. So each block has the same
 * number of orders, tickets and scans, and what varies is their arrangement, which depends on the
 * block's number only. Shares are therefore exact even in small tables: of a block's 41 tickets 36
 * are sold, 25 are scanned, and 2 of those twice.
 */
#ifndef PK_RANDOM_SALES_BLOCK_H
#define PK_RANDOM_SALES_BLOCK_H

#include <stdint.h>

#include "random/counter.h"

#define PK_BLOCK_ORDERS 16
#define PK_BLOCK_TICKETS 41
#define PK_BLOCK_SCANS 27

typedef enum PkOrderStatus
{
	PK_ORDER_PAID,
	PK_ORDER_PENDING,
	PK_ORDER_CANCELLED,
	PK_ORDER_REFUNDED,
	PK_ORDER_STATUSES
} PkOrderStatus;

typedef struct PkSalesBlock
{
	uint64_t number;
	uint8_t first_ticket[PK_BLOCK_ORDERS + 1]; /* of each order; the last entry is the end */
	uint8_t status[PK_BLOCK_ORDERS];		   /* a PkOrderStatus */
	uint8_t order[PK_BLOCK_TICKETS];		   /* that each ticket belongs to */
	uint8_t nscans[PK_BLOCK_TICKETS];		   /* 0, 1 or 2; only tickets of paid orders are scanned */
	uint8_t scanned[PK_BLOCK_SCANS];		   /* ticket of each scan, in the order of tickets */
	uint8_t again[PK_BLOCK_SCANS];			   /* 1: it is the ticket's second scan */
} PkSalesBlock;

/* Arranges a block. The stream is used for nothing else. */
extern void pk_sales_block_build(PkSalesBlock *block, PkStream stream, uint64_t number);

/* Orders that the first n tickets belong to, the last one perhaps in part, and their scans. */
extern int64_t pk_sales_orders(PkStream stream, int64_t ntickets);
extern int64_t pk_sales_scans(PkStream stream, int64_t ntickets);

#endif /* PK_RANDOM_SALES_BLOCK_H */
