/*
 * sales_block.c
 *	  Orders, their tickets and the scans of those, laid out in blocks of fixed size.
 */
#include "random/sales_block.h"

#define SOLD_TICKETS 36
#define SCANNED_TICKETS 25
#define UNPAID_ORDERS 3

/* Tickets of a block's orders, before they are shuffled; together PK_BLOCK_TICKETS. */
static const uint8_t sizes[PK_BLOCK_ORDERS] = {1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6};

/* Which of them are not paid: in either case orders of five tickets together. */
static const uint8_t unpaid[2][UNPAID_ORDERS] = {{0, 4, 5}, {0, 1, 10}};

static const uint8_t unpaid_status[UNPAID_ORDERS] = {PK_ORDER_PENDING, PK_ORDER_CANCELLED, PK_ORDER_REFUNDED};

/* The n-th stream that belongs to a block. */
static PkStream
stream_of_block(PkStream stream, uint64_t number, uint32_t n)
{
	return (PkStream){.key = pk_draw(stream, number * 4 + n)};
}

static void
arrange_orders(PkSalesBlock *block, PkStream stream)
{
	uint32_t place[PK_BLOCK_ORDERS];
	uint64_t draw = pk_draw(stream_of_block(stream, block->number, 0), 0);
	const uint8_t *not_paid = unpaid[draw >> 63];
	uint32_t turn = pk_below_low(draw, UNPAID_ORDERS);
	uint8_t status[PK_BLOCK_ORDERS] = {PK_ORDER_PAID};
	uint8_t ticket = 0;

	for (uint32_t i = 0; i < UNPAID_ORDERS; i++)
		status[not_paid[i]] = unpaid_status[(i + turn) % UNPAID_ORDERS];
	pk_shuffle(stream_of_block(stream, block->number, 1), PK_BLOCK_ORDERS, place);
	for (uint8_t order = 0; order < PK_BLOCK_ORDERS; order++)
	{
		block->first_ticket[order] = ticket;
		block->status[order] = status[place[order]];
		for (uint8_t i = 0; i < sizes[place[order]]; i++)
			block->order[ticket++] = order;
	}
	block->first_ticket[PK_BLOCK_ORDERS] = ticket;
}

static void
arrange_scans(PkSalesBlock *block, PkStream stream)
{
	uint32_t rank[SOLD_TICKETS];
	uint32_t nsold = 0;
	uint32_t nscans = 0;

	/* of the sold tickets the first of a shuffle are scanned, and the first two of those twice */
	pk_shuffle(stream_of_block(stream, block->number, 2), SOLD_TICKETS, rank);
	for (uint8_t ticket = 0; ticket < PK_BLOCK_TICKETS; ticket++)
	{
		uint32_t r;

		block->nscans[ticket] = 0;
		if (block->status[block->order[ticket]] != PK_ORDER_PAID)
			continue;
		r = rank[nsold++];
		if (r < SCANNED_TICKETS)
			block->nscans[ticket] = r < PK_BLOCK_SCANS - SCANNED_TICKETS ? 2 : 1;
		for (uint8_t i = 0; i < block->nscans[ticket]; i++)
		{
			block->scanned[nscans] = ticket;
			block->again[nscans++] = i;
		}
	}
}

void
pk_sales_block_build(PkSalesBlock *block, PkStream stream, uint64_t number)
{
	block->number = number;
	arrange_orders(block, stream);
	arrange_scans(block, stream);
}

int64_t
pk_sales_orders(PkStream stream, int64_t ntickets)
{
	int64_t rest = ntickets % PK_BLOCK_TICKETS;
	int64_t norders = ntickets / PK_BLOCK_TICKETS * PK_BLOCK_ORDERS;
	PkSalesBlock block;

	pk_sales_block_build(&block, stream, (uint64_t) (ntickets / PK_BLOCK_TICKETS));
	return rest == 0 ? norders : norders + block.order[rest - 1] + 1;
}

int64_t
pk_sales_scans(PkStream stream, int64_t ntickets)
{
	int64_t rest = ntickets % PK_BLOCK_TICKETS;
	int64_t nscans = ntickets / PK_BLOCK_TICKETS * PK_BLOCK_SCANS;
	PkSalesBlock block;

	pk_sales_block_build(&block, stream, (uint64_t) (ntickets / PK_BLOCK_TICKETS));
	for (int64_t ticket = 0; ticket < rest; ticket++)
		nscans += block.nscans[ticket];
	return nscans;
}
