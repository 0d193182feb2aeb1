# Completion of tidegate for fish. Names of plugins come from the program itself.

function __tidegate_components
    tidegate plugin list 2>/dev/null | awk 'NR > 1 {print $2}'
end

set -l commands run check graph explain test plugin spool reload version
complete -c tidegate -f
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a run -d 'Run the gateway'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a check -d 'Say whether a configuration is right'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a graph -d 'Print how everything hangs together'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a explain -d 'Say where samples of a source go'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a test -d 'Read each source once, or run tests of pipelines'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a plugin -d 'What plugins there are'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a spool -d 'What waits on disk'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a reload -d 'Make the gateway take its configuration again'
complete -c tidegate -n "not __fish_seen_subcommand_from $commands" -a version -d 'Versions'
complete -c tidegate -n "__fish_seen_subcommand_from plugin" -a 'list show sample schema'
complete -c tidegate -n "__fish_seen_subcommand_from show sample" -a '(__tidegate_components)'
complete -c tidegate -n "__fish_seen_subcommand_from spool" -a 'ls show verify export replay drop'
complete -c tidegate -n "__fish_seen_subcommand_from graph" -l format -x -a 'text dot mermaid'
complete -c tidegate -n "__fish_seen_subcommand_from test" -s f -l file -r -F -d 'A file with tests of pipelines'
complete -c tidegate -n "__fish_seen_subcommand_from reload" -l plan -d 'Say what would change'
complete -c tidegate -s c -l config -r -F -d 'A configuration file, or a folder of them'
complete -c tidegate -l default -d 'The configuration that is built in'
complete -c tidegate -l plugin-path -x -a '(__fish_complete_directories)' -d 'Where plugins are looked for'
complete -c tidegate -s h -l help -d 'Explain the command'
