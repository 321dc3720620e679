/**
 * The shell text that is typed into a box's shell once, before anything else. It makes two layers out of it:
 *
 * - the *supervisor*, the box's own shell, which starts sessions and says when one has ended. No step runs in it, so
 *   `exit`, `exec`, `set -e` and `kill` in a step cannot take it away; as the container's first process it is also
 *   out of reach of `kill -9`.
 * - the *session*, a forked copy of it, in which every step is sourced at the top level: variables, functions,
 *   aliases and options stay from step to step, as the contract wants (docs/contracts/pipeline.md, "The session").
 *
 * The container's standard error is the control channel. What steps print, both streams merged, goes through a pipe that
 * is mounted into the box where it is there and really shared, and through standard output otherwise. Descriptors 7 (output), 8 (control) and 9 (commands) are closed while a step runs, so that no step can
 * read a command or write to the control channel without going out of its way.
 *
 * Commands are lines up to one that holds the token. They are evaluated outside of any function, where `declare` would
 * make local variables, and outside of any loop, which a stray `break` in a sourced file would end: each command is
 * followed by an `eval` that takes the next. (The price: bash repeats the first sign of PS4 once for each of them.)
 *
 * The trap is for bash 5.2, which replaces a subshell by the program that ends its last list (`cd app && make`), even
 * where that list is a sourced file's. It does not while a signal is trapped; nothing sends the last real-time signal.
 */
export function driverText(token: string): string {
  return `{
__slipway_read() { __slipway_command=; while IFS= read -r __slipway_line <&9 || exit 97; do [ "$__slipway_line" = '${token}' ] && return 0; __slipway_command=$__slipway_command$__slipway_line'
'; done; }
__slipway_begin() { command printf '${token} begin %s\\n' "$1" >&8; exec </dev/null >&7; __slipway_status=0 __slipway_flags=; }
__slipway_done() { command printf '${token} done %s %s %s\\n' "$1" "$__slipway_status" "$__slipway_flags" >&8; }
__slipway_sync() { command printf %s "$1" >&7; command printf '${token} sync %s\\n' "$1" >&8; }
__slipway_trace=
__slipway_session='__slipway_read; eval "$__slipway_command"; eval "$__slipway_session"'
__slipway_supervise='IFS= read -r __slipway_line <&9 || exit 0; case $__slipway_line in
"${token} session") { ( [ -z "\${BASH_VERSION-}" ] || trap : 64; eval "$__slipway_session" ); __slipway_status=$?; } 2>/dev/null; command printf "${token} ended %s\\n" "$__slipway_status" >&8 ;;
"${token} sync "*) command printf %s "\${__slipway_line##* }" >&7; command printf "%s\\n" "$__slipway_line" >&8 ;;
"${token} pipe "*) __slipway_pipe=\${__slipway_line#* pipe }; __slipway_pipe=\${__slipway_pipe%% *}; if [ -p "$__slipway_pipe" ] && ( : 6<>"$__slipway_pipe" ) 2>/dev/null; then exec 6<>"$__slipway_pipe" 7>"$__slipway_pipe"; fi; command printf %s "\${__slipway_line##* }" >&7; command printf "${token} sync %s\n" "\${__slipway_line##* }" >&8 ;;
"${token} piped") exec 6>&- >&7 2>&7 ;;
"${token} plain") exec 7>&1 6>&- ;;
"${token} reap") kill -KILL -1 2>/dev/null ;;
"${token} quit") exit 0 ;;
esac; eval "$__slipway_supervise"'
exec 7>&1 8>&2 9<&0 </dev/null 2>&1
printf '${token} ready\\n' >&8
eval "$__slipway_supervise"
}
`;
}

export interface CommandOptions {
  readonly token: string;
  readonly sequence: number;
  /** Leaves its result in `__slipway_status`, and letters about what there is to collect in `__slipway_flags`. */
  readonly body: string;
}

/**
 * One command for the session: the body between two reports. `proofText` belongs behind it.
 *
 * Short on purpose: shells read a pipe byte by byte, about a microsecond each. Tracing (`set -x`) rests meanwhile.
 */
export function commandText({ token, sequence, body }: CommandOptions): string {
  return `__slipway_begin ${sequence}\n${body}\n__slipway_done ${sequence}\n${token}\n`;
}

/**
 * The question that the session answers when it is back at its commands, with a number that nobody could know before. The
 * answer proves that the end was no forgery, and marks the place in the output. It is asked right behind the command,
 * because a round trip takes a millisecond: a shell reads it only when the body has come to its end. Not so a body that
 * reads the commands itself: of it the question is asked when it has ended.
 */
export function proofText({ token, nonce }: { readonly token: string; readonly nonce: string }): string {
  return `__slipway_sync ${nonce}\n${token}\n`;
}

/** Sources `file` as a step's file: with its own standard streams, and with tracing as the step before left it. */
export function sourceText(quotedFile: string): string {
  return `exec 2>&7
case $__slipway_trace in ?) set -x ;; esac
. ${quotedFile} </dev/null 7>&- 8>&- 9<&-
{ __slipway_status=$?; case $- in *x*) __slipway_trace=x ;; *) __slipway_trace= ;; esac; set +x +e; } 2>/dev/null
exec </dev/null >&7 2>/dev/null`;
}
