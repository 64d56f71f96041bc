# The causes that perfkit_diagnose() finds for the questions 70 on of test/cases, and that their
# remedies work.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Cases;

Cases::run('[7-9]*');
