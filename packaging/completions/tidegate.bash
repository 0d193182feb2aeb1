# Completion of tidegate for bash. Names of plugins and sources come from the program itself.

_tidegate_components() {
  tidegate plugin list 2>/dev/null | awk 'NR > 1 {print $2}'
}

_tidegate_sources() { # the words of the command line: -c FILE... are passed on
  local -a files=()
  local at
  for ((at = 1; at < ${#COMP_WORDS[@]} - 1; ++at)); do
    [[ ${COMP_WORDS[at]} == -c || ${COMP_WORDS[at]} == --config ]] && files+=("${COMP_WORDS[at + 1]}")
  done
  ((${#files[@]})) && awk '
    /^[^ #]/ {inside = /^sources:/}
    inside && /^ +[A-Za-z0-9_-]+:/ {
      match($0, /^ +/)
      if (!depth) depth = RLENGTH
      if (RLENGTH == depth) {sub(/^ +/, ""); sub(/:.*/, ""); print}
    }' "${files[@]}" 2>/dev/null
}

_tidegate() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words=
  COMPREPLY=()
  case $previous in
    -c | --config | -f | --file)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --format)
      mapfile -t COMPREPLY < <(compgen -W "text dot mermaid" -- "$current")
      return
      ;;
    --plugin-path)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
  esac
  if ((COMP_CWORD == 1)); then
    words="run check graph explain test plugin spool reload version --help"
  elif [[ $command == plugin && $COMP_CWORD -eq 2 ]]; then
    words="list show sample schema"
  elif [[ $command == spool && $COMP_CWORD -eq 2 ]]; then
    words="ls show verify export replay drop"
  elif [[ $command == plugin && $previous =~ ^(show|sample)$ ]]; then
    words=$(_tidegate_components)
  elif [[ $current == -* ]]; then
    case $command in
      run | check | explain) words="-c --config --default --plugin-path --help" ;;
      reload) words="-c --config --default --plan --plugin-path --help" ;;
      graph) words="-c --config --default --format --plugin-path --help" ;;
      test) words="-c --config --default -f --file --plugin-path --help" ;;
      plugin) words="-c --config --plugin-path --help" ;;
      version) words="--help" ;;
    esac
  elif [[ $command == test || $command == explain ]]; then
    words=$(_tidegate_sources)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _tidegate tidegate
