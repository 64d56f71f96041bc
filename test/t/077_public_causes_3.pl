# The causes that perfkit_diagnose() finds for test/cases/public, and that their remedies work: p to
# z, without x-*.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Cases;

Cases::run_public('[p-wyz]*');
