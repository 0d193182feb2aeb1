# dh --with=tidegate-plugin: dh_tidegate_plugin(1) after the dependencies on libraries are known.
use warnings;
use strict;
use Debian::Debhelper::Dh_Lib;

insert_after('dh_shlibdeps', 'dh_tidegate_plugin');

1;
