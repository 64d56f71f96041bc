# The causes that perfkit_diagnose() finds for the questions 40 to 69 of test/cases, and that their
# remedies work.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Cases;

Cases::run('[4-6]*');
