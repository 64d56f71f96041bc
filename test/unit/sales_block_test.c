/*
 * sales_block_test.c
 *	  Unit tests of sales_block.c.
 */
#include <string.h>

#include "random/sales_block.h"
#include "tap.h"

int
main(void)
{
	PkStream stream = pk_stream(42, 11, 0);
	int tickets_agree = 1, scans_agree = 1, counts_agree = 1, unpaid_agree = 1, differ = 0;
	int scanned_sum = 0, twice_sum = 0, sold_sum = 0, sizes_ok = 1;
	PkSalesBlock first;

	pk_sales_block_build(&first, stream, 0);
	for (uint64_t number = 0; number < 1000; number++)
	{
		PkSalesBlock block;
		int statuses[PK_ORDER_STATUSES] = {0};
		int scan = 0;

		memset(&block, 0xff, sizeof(block));
		pk_sales_block_build(&block, stream, number);
		differ += memcmp(block.first_ticket, first.first_ticket, sizeof(first.first_ticket)) != 0;
		tickets_agree &= block.first_ticket[0] == 0 && block.first_ticket[PK_BLOCK_ORDERS] == PK_BLOCK_TICKETS;
		for (int order = 0; order < PK_BLOCK_ORDERS; order++)
		{
			int size = block.first_ticket[order + 1] - block.first_ticket[order];

			sizes_ok &= size >= 1 && size <= 6;
			statuses[block.status[order]]++;
			for (int ticket = block.first_ticket[order]; ticket < block.first_ticket[order + 1]; ticket++)
				tickets_agree &= block.order[ticket] == order;
		}
		unpaid_agree &= statuses[PK_ORDER_PAID] == 13 && statuses[PK_ORDER_PENDING] == 1 &&
						statuses[PK_ORDER_CANCELLED] == 1 && statuses[PK_ORDER_REFUNDED] == 1;
		for (int ticket = 0; ticket < PK_BLOCK_TICKETS; ticket++)
		{
			int paid = block.status[block.order[ticket]] == PK_ORDER_PAID;

			sold_sum += paid;
			scanned_sum += block.nscans[ticket] > 0;
			twice_sum += block.nscans[ticket] == 2;
			scans_agree &= paid || block.nscans[ticket] == 0;
			counts_agree &= pk_sales_orders(stream, (int64_t) number * PK_BLOCK_TICKETS + ticket + 1) ==
							(int64_t) number * PK_BLOCK_ORDERS + block.order[ticket] + 1;
			counts_agree &= pk_sales_scans(stream, (int64_t) number * PK_BLOCK_TICKETS + ticket) ==
							(int64_t) number * PK_BLOCK_SCANS + scan;
			for (int i = 0; i < block.nscans[ticket]; i++, scan++)
				scans_agree &= block.scanned[scan] == ticket && block.again[scan] == i;
		}
		scans_agree &= scan == PK_BLOCK_SCANS;
	}
	ok(sizes_ok, "orders have 1 to 6 tickets");
	ok(tickets_agree, "each ticket is of the order whose range it is in");
	ok(unpaid_agree, "of 16 orders 13 are paid, and one has each other status");
	ok(sold_sum == 36000 && scanned_sum == 25000 && twice_sum == 2000, "of 41 tickets 36 are sold, 25 scanned, 2 twice");
	ok(scans_agree, "only sold tickets are scanned, in the order of tickets");
	ok(counts_agree, "the first n tickets have so many orders and scans");
	ok(pk_sales_orders(stream, 0) == 0 && pk_sales_scans(stream, 0) == 0, "no tickets, no orders");
	ok(differ > 900, "blocks differ");
	return tap_done();
}
