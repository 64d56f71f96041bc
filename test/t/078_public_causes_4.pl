# The causes that perfkit_diagnose() finds for test/cases/public, and that their remedies work:
# those whose names begin with "x-", which were collected by someone who did not know the code.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use Cases;

Cases::run_public('x-*');
