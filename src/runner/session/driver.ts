/**
 * The shell text that is typed into a box's shell once, before anything else. It makes two layers out of it:
 *
 * - the *supervisor*, the box's own shell, which starts sessions and says when one has ended. No step runs in it, so
 *   `exit`, `exec`, `set -e` and `kill` in a step cannot take it away; as the container's first process it is also
 *   out of reach of `kill -9`.
 * - the *session*, a forked copy of it, in which every step is sourced at the top level: variables, functions,
 *   aliases and options stay from step to step, as the contract wants (docs/contracts/pipeline.md, "The session").
 *
 * The container's standard error is the control channel and standard output carries what steps print, both streams
 * merged. Descriptors 7 (output), 8 (control) and 9 (commands) are closed while a step runs, so that no step can
 * read a command or write to the control channel without going out of its way.
 *
 * Commands are lines up to one that holds the token. They are evaluated outside of any function, where `declare` would
 * make local variables, and outside of any loop, which a stray `break` in a sourced file would end: each command is
 * followed by an `eval` that takes the next. (The price: bash repeats the first sign of PS4 once for each of them.)
 */
export function driverText(token: string): string {
  return `{
__slipway_read() { __slipway_command=; while IFS= read -r __slipway_line <&9 || exit 97; do [ "$__slipway_line" = '${token}' ] && return 0; __slipway_command=$__slipway_command$__slipway_line'
'; done; }
__slipway_trace=
__slipway_session='__slipway_read; eval "$__slipway_command"; eval "$__slipway_session"'
__slipway_supervise='IFS= read -r __slipway_line <&9 || exit 0; case $__slipway_line in
"${token} session") { ( eval "$__slipway_session" ); __slipway_status=$?; } 2>/dev/null; command printf "${token} ended %s\\n" "$__slipway_status" >&8 ;;
"${token} sync "*) command printf %s "\${__slipway_line##* }" >&7; command printf "%s\\n" "$__slipway_line" >&8 ;;
"${token} reap") kill -KILL -1 2>/dev/null ;;
"${token} quit") exit 0 ;;
esac; eval "$__slipway_supervise"'
exec 7>&1 8>&2 9<&0 </dev/null 2>&1
printf '${token} ready\\n' >&8
eval "$__slipway_supervise"
}
`;
}

/**
 * One command for the session: `body` between the two reports. The body leaves its result in `__slipway_status` and
 * letters about what there is to collect in `__slipway_flags`. Tracing (`set -x`) rests while our own lines run.
 */
export function commandText(token: string, sequence: number, body: string): string {
  return `command printf '${token} begin ${sequence}\\n' >&8
exec </dev/null >&7
__slipway_status=0 __slipway_flags=
${body}
command printf '${token} done ${sequence} %s %s\\n' "$__slipway_status" "$__slipway_flags" >&8
${token}
`;
}

/** Sources `file` as a step's file: with its own standard streams, and with tracing as the step before left it. */
export function sourceText(quotedFile: string): string {
  return `exec 2>&7
case $__slipway_trace in ?) set -x ;; esac
. ${quotedFile} </dev/null 7>&- 8>&- 9<&-
{ __slipway_status=$?; case $- in *x*) __slipway_trace=x ;; *) __slipway_trace= ;; esac; set +x +e; } 2>/dev/null
exec </dev/null >&7 2>/dev/null`;
}

/** Asks the session to prove that it is back at its commands, and to mark the place in the output. */
export function syncCommandText(token: string, nonce: string): string {
  return `command printf %s ${nonce} >&7; command printf '${token} sync ${nonce}\\n' >&8\n${token}\n`;
}
