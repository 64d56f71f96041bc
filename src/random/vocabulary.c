/*
 * vocabulary.c
 *	  Words for the texts of business software, by decreasing frequency.
 */
#include "random/vocabulary.h"

/* clang-format off */
const char *const pk_vocabulary[PK_VOCABULARY] = {
	"the", "order", "customer", "for", "and", "delivery", "to", "with", "payment", "account", "of", "invoice",
	"a", "product", "price", "in", "on", "after", "request", "address", "item", "was", "has", "been", "not", "by",
	"warehouse", "stock", "new", "team", "change", "email", "please", "from", "shipping", "before", "at",
	"support", "date", "this", "service", "confirmed", "number", "pending", "contact", "carrier", "credit",
	"card", "total", "refund", "return", "size", "update", "review", "due", "plan", "month", "week", "discount",
	"tax", "quantity", "line", "unit", "parcel", "pickup", "store", "online", "issue", "reported", "checked",
	"manual", "automatic", "standard", "express", "priority", "approved", "rejected", "waiting", "missing",
	"damaged", "replaced", "received", "shipped", "packed", "billing", "period", "monthly", "yearly", "renewal",
	"trial", "upgrade", "downgrade", "seat", "license", "limit", "usage", "meter", "report", "summary", "notes",
	"internal", "external", "partner", "supplier", "brand", "model", "colour", "blue", "green", "black", "white",
	"grey", "red", "silver", "wooden", "steel", "cotton", "leather", "ceramic", "glass", "bamboo", "walnut",
	"oak", "desk", "chair", "lamp", "table", "shelf", "cabinet", "sofa", "mirror", "carpet", "curtain", "blanket",
	"pillow", "mattress", "drawer", "bench", "stool", "basket", "vase", "bottle", "kettle", "pan", "plate",
	"bowl", "mug", "spoon", "knife", "board", "towel", "soap", "candle", "clock", "frame", "poster", "notebook",
	"pencil", "paper", "folder", "stapler", "printer", "keyboard", "mouse", "monitor", "cable", "adapter",
	"charger", "battery", "speaker", "headset", "camera", "tripod", "router", "switch", "server", "laptop",
	"tablet", "phone", "case", "sleeve", "backpack", "suitcase", "wallet", "umbrella", "jacket", "shirt",
	"trousers", "sweater", "scarf", "gloves", "boots", "sandals", "bicycle", "helmet", "lock", "pump", "tyre",
	"saddle", "tent", "stove", "lantern", "rope", "compass", "map", "guide", "novel", "magazine", "journal",
	"album", "puzzle", "game", "toy", "doll", "robot", "drone", "kite", "ball", "racket", "net", "glove", "bat",
	"skate", "ski", "sledge", "piano", "guitar", "drum", "violin", "flute", "amplifier", "garden", "shovel",
	"rake", "hose", "seed", "soil", "fence", "gate", "bulb", "plant", "tree", "flower", "herb", "kitchen",
	"bathroom", "bedroom", "office", "garage", "balcony", "terrace", "hallway", "attic", "basement", "window",
	"door", "wall", "floor", "ceiling", "roof", "heater", "fan", "filter", "sensor", "timer", "alarm", "remote",
	"handle", "hinge", "screw", "nail", "hammer", "drill", "saw", "wrench", "pliers", "ladder", "bucket", "brush",
	"paint", "glue", "tape", "foam", "plastic", "rubber", "copper", "brass", "aluminium", "titanium", "carbon",
	"fibre", "linen", "wool", "silk", "velvet", "denim", "suede", "nylon", "north", "south", "east", "west",
	"upper", "lower", "central", "city", "village", "station", "harbour", "airport", "bridge", "street", "avenue",
	"square", "park", "valley", "hill", "lake", "river", "coast", "island", "forest", "morning", "evening",
	"noon", "night", "monday", "tuesday", "wednesday", "thursday", "friday", "january", "february", "march",
	"april", "june", "july", "august", "september", "october", "november", "december", "customs", "broker",
	"freight", "pallet", "container", "label", "barcode", "tracking", "reference", "signature", "neighbour",
	"reception", "driver", "route", "depot", "slot", "early", "late", "delayed", "rescheduled", "cancelled",
	"escalated", "assigned", "resolved", "reopened", "closed", "archived", "verified", "expired", "blocked",
	"unlocked", "merged", "split", "duplicate", "transferred", "adjusted", "counted", "corrected", "exported",
	"imported", "synchronised", "scheduled", "completed", "failed", "retried", "skipped", "translated",
	"migrated", "published", "withdrawn", "featured", "hidden", "limited", "seasonal", "clearance", "bundle",
	"voucher", "coupon", "loyalty", "points", "balance", "deposit", "instalment", "overdue", "reminder",
	"statement", "receipt", "ledger", "currency", "exchange", "margin", "forecast", "budget", "quarter", "audit",
	"policy", "consent", "privacy", "preference", "language", "timezone", "region", "country", "postcode",
	"company", "department", "manager", "assistant", "engineer", "designer", "analyst", "accountant", "buyer",
	"seller", "agent", "reseller", "distributor", "wholesale", "retail", "franchise", "headquarters", "branch",
	"outlet", "kiosk", "comfortable", "durable", "compact", "lightweight", "waterproof", "adjustable", "foldable",
	"portable", "wireless", "rechargeable", "organic", "recycled", "handmade", "vintage", "modern", "classic",
	"premium", "essential", "original", "refurbished", "certified", "warranty", "guarantee", "inspection",
	"quality", "feedback", "satisfied", "disappointed", "recommended", "excellent", "average", "complaint",
	"question", "answer", "solution", "instruction", "attachment", "picture", "document", "contract", "agreement",
	"appendix", "revision", "draft", "version", "release", "schedule", "meeting", "workshop", "training",
	"webinar", "onboarding", "migration", "integration", "dashboard", "notification", "permission", "session",
	"password", "device", "browser", "threshold", "interval", "capacity", "allocation", "reservation"
};

const char *const pk_given_names[PK_GIVEN_NAMES] = {
	"Anna", "Erik", "Maria", "Lars", "Karin", "Johan", "Eva", "Anders", "Lena", "Per", "Sara", "Mikael", "Emma",
	"Peter", "Hanna", "Daniel", "Julia", "Fredrik", "Linda", "Thomas", "Sofia", "Martin", "Elin", "Stefan", "Ida",
	"Marcus", "Amanda", "Niklas", "Jenny", "Oscar", "Malin", "Viktor", "Clara", "David", "Alice", "Simon", "Maja",
	"Filip", "Nora", "Adam", "Lucas", "Olivia", "Hugo", "Ella", "Noah", "Freja", "Leo", "Astrid", "William",
	"Vera", "Elias", "Saga", "Axel", "Iris", "Ali", "Fatima", "Omar", "Leila", "Mohamed", "Aisha", "Wei", "Mei",
	"Kenji", "Yuki"
};

const char *const pk_family_names[PK_FAMILY_NAMES] = {
	"Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson",
	"Gustafsson", "Pettersson", "Jonsson", "Jansson", "Hansson", "Bengtsson", "Lindberg", "Jakobsson",
	"Magnusson", "Lindstrom", "Olofsson", "Lindqvist", "Lindgren", "Berg", "Axelsson", "Bergstrom", "Lundberg",
	"Lind", "Lundgren", "Lundqvist", "Mattsson", "Berglund", "Fredriksson", "Sandberg", "Henriksson", "Forsberg",
	"Sjoberg", "Wallin", "Engstrom", "Eklund", "Danielsson", "Lundin", "Hakansson", "Bjork", "Bergman",
	"Gunnarsson", "Holm", "Wikstrom", "Samuelsson", "Isaksson", "Fransson", "Bergqvist", "Nystrom", "Holmberg",
	"Arvidsson", "Lofgren", "Soderberg", "Nyberg", "Blomqvist", "Claesson", "Nordstrom", "Martensson", "Hassan",
	"Nguyen", "Kowalski"
};

const char *const pk_cities[PK_CITIES] = {
	"Stockholm", "Gothenburg", "Malmo", "Uppsala", "Linkoping", "Orebro", "Vasteras", "Helsingborg", "Norrkoping",
	"Jonkoping", "Umea", "Lund", "Boras", "Gavle", "Sundsvall", "Kiruna", "Visby", "Kalmar", "Karlstad", "Lulea",
	"Oslo", "Bergen", "Copenhagen", "Aarhus", "Helsinki", "Tampere", "Reykjavik", "Hamburg", "Berlin",
	"Amsterdam", "London", "Paris"
};
/* clang-format on */
