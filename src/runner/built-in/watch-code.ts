import { shellQuote } from '../../pipeline/index.ts';
import type { BoxSession, CommandOutcome } from '../session/index.ts';

/** Code that goes on in the box until it ends or is told to. */
export interface RunningCode {
  /** How the command that runs it ended; `finished` has the code's own exit code. */
  readonly ended: Promise<CommandOutcome>;
  /** Interrupts what the code runs, and kills what is left of it after a second; `ended` settles then. */
  stop(): Promise<void>;
}

const POLLS = 70; // of 10 ms each and the looking: about a second from SIGINT to SIGKILL

/**
 * Ends the processes that came since `__slipway_before` was noted and that the code is an ancestor of, or that have lost
 * their parent. What earlier steps left running, with its own children, and what a person has started in the container
 * from outside (no parent there) goes on. Meant for a subshell: it looks around with the shell's own means, because the
 * box may have no `ps`, and a process per process would take too long. No single quotes: it is kept in a variable.
 */
const END_TEXT = `set +feuxCn; unset IFS; trap "" TERM INT HUP
read -r __slipway_self __slipway_x </proc/self/stat
__slipway_parent() {
  __slipway_ppid=0 __slipway_state=Z
  while read -r __slipway_key __slipway_value __slipway_x; do
    case $__slipway_key in State:) __slipway_state=$__slipway_value ;; PPid:) __slipway_ppid=$__slipway_value; return ;; esac
  done 2>/dev/null </proc/$1/status
}
__slipway_parent $__slipway_self; __slipway_shell=$__slipway_ppid
__slipway_look() {
  __slipway_found=
  for __slipway_at in /proc/[0-9]*; do
    __slipway_at=\${__slipway_at#/proc/} __slipway_pid=
    while :; do
      case $__slipway_at in $__slipway_self) break ;; esac
      case $__slipway_before in *" $__slipway_at "*) break ;; esac
      __slipway_parent $__slipway_at
      case $__slipway_pid$__slipway_state in Z) break ;; esac
      __slipway_pid=\${__slipway_pid:-$__slipway_at}
      case $__slipway_ppid in 0) break ;; 1|$__slipway_shell) __slipway_found="$__slipway_found $__slipway_pid"; break ;; esac
      __slipway_at=$__slipway_ppid
    done
  done
  [ -n "$__slipway_found" ]
}
__slipway_rest() { command sleep 0.01 2>/dev/null || { command sleep 1; __slipway_n=$((__slipway_n + ${POLLS})); }; }
if __slipway_look; then
  command kill -INT $__slipway_found 2>/dev/null
  __slipway_n=0
  while [ $__slipway_n -lt ${POLLS} ] && __slipway_rest && __slipway_look; do __slipway_n=$((__slipway_n + 1)); done
  while __slipway_look && [ $__slipway_n -lt ${2 * POLLS} ]; do
    command kill -KILL $__slipway_found 2>/dev/null
    __slipway_n=$((__slipway_n + 1)); __slipway_rest
  done
fi`;

/** Notes what runs in the box already, before the code does. */
export const PREPARE_TEXT = `__slipway_before=" $( set +fu; command cd /proc >/dev/null && command printf '%s ' [0-9]* ) "
__slipway_end='${END_TEXT}'`;

/** Ends what the code left running. */
export const END_LEFT_TEXT = `( eval "$__slipway_end" ) >/dev/null 2>&1; __slipway_status=0`;

/**
 * Runs the file in a copy of the steps' shell, so that it finds what they set and leaves nothing behind; beside it one
 * more copy waits for a line among the commands (descriptor 9) and then ends what the code runs. In the foreground,
 * because a shell lets what it runs in the background ignore SIGINT. The ender begins before the code, so where it is
 * told at once it waits until there is something to end.
 */
function runText(file: string): string {
  const ending = shellQuote(`${file}.ending`); // is there while the ending goes on
  const begun = shellQuote(`${file}.begun`); // is there once the code's shell is
  return `${END_LEFT_TEXT}
command rm -f ${ending} ${begun}
( IFS= read -r __slipway_line <&9; : >|${ending}; exec 9<&-
  until [ -e ${begun} ]; do command sleep 0.01 2>/dev/null || command sleep 1; done
  eval "$__slipway_end" ) </dev/null >/dev/null 2>&1 7>&- 8>&- &
__slipway_ender=$!
( command : >|${begun}; case $__slipway_trace in ?) set -x ;; esac; . ${shellQuote(file)} ) </dev/null 2>&7 7>&- 8>&- 9<&-
__slipway_status=$?
[ -e ${ending} ] || command kill -KILL "$__slipway_ender"
wait "$__slipway_ender"`;
}

// Where nobody waits for it any more it stands before the next command, and does nothing there.
const STOP_LINE = ':';

/** Starts the code of a file in the box; `PREPARE_TEXT` has run before. One at a time. */
export function startCode(session: Pick<BoxSession, 'runListening'>, file: string): RunningCode {
  const { ended, say } = session.runListening(runText(file));
  return { ended, stop: () => say(STOP_LINE) };
}
