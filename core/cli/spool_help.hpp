// What `tidegate spool --help` says.
#pragma once

#include <string_view>

namespace tidegate::cli {

inline constexpr std::string_view spool_help = R"(usage: tidegate spool COMMAND [OPTION]...

Looks at the spool, the folder in which pipelines with 'buffer: {type: disk}' keep what their sinks have not
acknowledged yet. All but replay and drop only read: also beside a gateway that runs, on a damaged folder, and on one of
another machine, as any user who may read the files. These two need the gateway to be stopped.

  ls [--json]               a line for each route (a pipeline's way to one sink): what waits, since when, how far it
                            has come, what was discarded and why; then what the files hold
  show [SEGMENT]            the files; or the records of one of them, in order
  verify                    read every record and say what cannot be read, and what that means in samples
  export [ROUTE] [--all]    print what waits for the route, or for any; with --all every sample that can still be
                            read, delivered or not, also from files that were kept aside
  replay [ROUTE]            offer dead letters, what the route's sink has refused, or any sink, to it again: they are
                            delivered when the gateway runs next, to that sink alone
  drop ROUTE --before TIME  remove what waits for the route and is older than TIME, by the samples' own time
  drop ROUTE --all          remove all that waits for it

  ROUTE is PIPELINE/SINK, or as ls prints it: 'PIPELINE -> SINK'.
  TIME is a date with its zone such as 2026-01-02T03:04:05Z, or how long ago: 2h, 30d.

where the spool is:
  -c, --config FILE      where this configuration says
      --path DIR         there
                         (default: where /etc/tidegate/tidegate.yaml and /etc/tidegate/conf.d say; else
                         $STATE_DIRECTORY/spool or /var/lib/tidegate/spool)
options:
      --json             ls: for programs
      --encoding TYPE    export: ndjson (the default), json, cbor, cbor-seq, csv or line-protocol
  -o, --output FILE      export: into this file, which is replaced, and not to standard output
  -y, --yes              drop: do not ask
  -h, --help             this text

exit codes: 0; 64 the command line is wrong; 65 verify: the spool is damaged; 69 there is no spool, it cannot be
read, or a gateway is using it; 78 the configuration is wrong
)";

}  // namespace tidegate::cli
