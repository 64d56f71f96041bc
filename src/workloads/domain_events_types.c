/*
 * domain_events_types.c
 *	  The types of aggregates of workload "domain_events", with their events: create, modify,
 *	  finalize.
 *
 * Positions in these tables determine the rows: a change here changes the data, and with it every
 * digest.
 */
#include "workloads/domain_events.h"

#define WORD PK_FIELD_WORD
#define PHRASE PK_FIELD_PHRASE
#define NAME PK_FIELD_NAME
#define CITY PK_FIELD_CITY
#define EMAIL PK_FIELD_EMAIL
#define CODE PK_FIELD_CODE
#define DATE PK_FIELD_DATE
#define COUNT PK_FIELD_COUNT
#define PRICE PK_FIELD_PRICE
#define FLAG PK_FIELD_FLAG

/* clang-format off */
const PkAggregateType pk_aggregate_types[PK_AGGREGATE_TYPES] = {
	{"Order", 90, {
		{"OrderPlaced", {{"number", CODE}, {"email", EMAIL}, {"total", PRICE}, {"city", CITY}, {"channel", WORD}}},
		{"OrderItemAdded", {{"sku", CODE}, {"name", PHRASE}, {"price", PRICE}, {"quantity", COUNT}}},
		{"OrderItemRemoved", {{"sku", CODE}, {"reason", PHRASE}, {"quantity", COUNT}}},
		{"OrderAddressChanged", {{"name", NAME}, {"city", CITY}, {"street", WORD}, {"postcode", CODE}}},
		{"OrderPaymentAuthorized", {{"amount", PRICE}, {"method", WORD}, {"reference", CODE}, {"captured", FLAG}}},
		{"OrderPacked", {{"parcels", COUNT}, {"packer", NAME}, {"warehouse", CITY}}},
		{"OrderShipped", {{"carrier", WORD}, {"tracking", CODE}, {"expected", DATE}, {"to", CITY}}},
		{"OrderDelivered", {{"on", DATE}, {"receiver", NAME}, {"signed", FLAG}, {"refunded", PRICE}}}},
	 "items", {{"sku", CODE}, {"name", PHRASE}, {"price", PRICE}, {"quantity", COUNT}, {"available", DATE}}},
	{"User", 51, {
		{"UserRegistered", {{"name", NAME}, {"email", EMAIL}, {"city", CITY}, {"source", WORD}, {"consent", FLAG}}},
		{"UserEmailChanged", {{"email", EMAIL}, {"previous", EMAIL}, {"verified", FLAG}}},
		{"UserProfileUpdated", {{"name", NAME}, {"city", CITY}, {"phone", CODE}, {"company", PHRASE}}},
		{"UserAddressAdded", {{"city", CITY}, {"street", WORD}, {"postcode", CODE}, {"primary", FLAG}}},
		{"UserPreferencesSaved", {{"theme", WORD}, {"digest", FLAG}, {"limit", COUNT}, {"topics", PHRASE}}},
		{"UserSignedIn", {{"device", WORD}, {"session", CODE}, {"city", CITY}, {"attempts", COUNT}}},
		{"UserConsentGiven", {{"policy", WORD}, {"document", CODE}, {"expires", DATE}}},
		{"UserDeactivated", {{"reason", PHRASE}, {"balance", PRICE}, {"erase", DATE}}}},
	 "changes", {{"field", WORD}, {"to", PHRASE}, {"from", PHRASE}, {"by", NAME}, {"ticket", CODE}}},
	{"Invoice", 51, {
		{"InvoiceDrafted", {{"number", CODE}, {"customer", NAME}, {"due", DATE}, {"net", PRICE}, {"tax", PRICE}}},
		{"InvoiceLineAdded", {{"text", PHRASE}, {"net", PRICE}, {"quantity", COUNT}, {"account", CODE}}},
		{"InvoiceDiscountGranted", {{"percent", COUNT}, {"reason", PHRASE}, {"amount", PRICE}}},
		{"InvoiceSent", {{"to", EMAIL}, {"due", DATE}, {"copy", FLAG}}},
		{"InvoiceReminderSent", {{"to", EMAIL}, {"level", COUNT}, {"fee", PRICE}, {"due", DATE}}},
		{"InvoicePaymentReceived", {{"amount", PRICE}, {"method", WORD}, {"reference", CODE}, {"booked", DATE}}},
		{"InvoiceDisputed", {{"by", NAME}, {"reason", PHRASE}, {"ticket", CODE}}},
		{"InvoiceSettled", {{"on", DATE}, {"paid", PRICE}, {"rounding", PRICE}}}},
	 "lines", {{"text", PHRASE}, {"net", PRICE}, {"tax", PRICE}, {"quantity", COUNT}, {"account", CODE}}},
	{"Product", 38, {
		{"ProductCreated", {{"sku", CODE}, {"name", PHRASE}, {"brand", NAME}, {"price", PRICE}, {"category", WORD}}},
		{"ProductPriceChanged", {{"price", PRICE}, {"previous", PRICE}, {"from", DATE}, {"campaign", WORD}}},
		{"ProductStockAdjusted", {{"quantity", COUNT}, {"counted", COUNT}, {"warehouse", CITY}, {"by", NAME}}},
		{"ProductRenamed", {{"name", PHRASE}, {"previous", PHRASE}}},
		{"ProductReviewed", {{"author", NAME}, {"stars", COUNT}, {"title", PHRASE}, {"verified", FLAG}}},
		{"ProductPictureAdded", {{"file", CODE}, {"width", COUNT}, {"height", COUNT}, {"title", PHRASE}}},
		{"ProductSupplierChanged", {{"supplier", NAME}, {"contract", CODE}, {"lead", COUNT}, {"cost", PRICE}}},
		{"ProductDiscontinued", {{"reason", PHRASE}, {"last", DATE}, {"successor", CODE}}}},
	 "variants", {{"sku", CODE}, {"size", WORD}, {"price", PRICE}, {"colour", PHRASE}, {"stock", COUNT}}},
	{"Subscription", 26, {
		{"SubscriptionStarted", {{"plan", WORD}, {"seats", COUNT}, {"price", PRICE}, {"owner", EMAIL}, {"trial", FLAG}}},
		{"SubscriptionPlanChanged", {{"plan", WORD}, {"previous", WORD}, {"from", DATE}, {"price", PRICE}}},
		{"SubscriptionSeatsChanged", {{"seats", COUNT}, {"previous", COUNT}, {"by", NAME}}},
		{"SubscriptionUsageRecorded", {{"units", COUNT}, {"meter", CODE}, {"day", DATE}}},
		{"SubscriptionRenewed", {{"until", DATE}, {"invoice", CODE}, {"amount", PRICE}}},
		{"SubscriptionPaymentFailed", {{"method", WORD}, {"attempts", COUNT}, {"amount", PRICE}, {"retry", DATE}}},
		{"SubscriptionPaused", {{"reason", PHRASE}, {"until", DATE}}},
		{"SubscriptionCancelled", {{"reason", PHRASE}, {"on", DATE}, {"refund", PRICE}, {"survey", FLAG}}}},
	 "usage", {{"day", DATE}, {"units", COUNT}, {"meter", CODE}, {"feature", PHRASE}, {"cost", PRICE}}},
};
/* clang-format on */
