# Sourced by the set-up scripts, which run in the repository's root: how they speak, and where their logs go.
# shellcheck shell=sh

logs=.tools/log

# One line of progress. Results go to stdout, so progress goes to stderr.
say() {
  printf '%s\n' "set-up: $*" >&2
}

# Ends the script with one sentence: what is wrong, and what to do about it.
fail() {
  printf '%s\n' "set-up: $*" >&2
  exit 1
}

# Runs a command with its output in $logs/NAME.log; shows the end of that log only if the command fails.
logged() {
  log=$logs/$1.log
  shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    return 1
  fi
}

# Seconds since the epoch, to say how long something took.
now() {
  date +%s
}

# Sets $work to a new folder that goes away when the script ends, however it ends.
make_work_folder() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM HUP
}
