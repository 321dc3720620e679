import { shellQuote } from '../../pipeline/index.ts';

/** One thing that the box is asked to look at. */
export interface BoxTarget {
  readonly address: string;
  readonly port: number;
  /** Absent: that somebody accepts a connection is enough. */
  readonly http?: { readonly path: string; readonly host: string; readonly status?: number };
}

/**
 * Looks at all targets at once, each in a process of its own, and prints a line for what it finds: `TOKEN open N`,
 * `TOKEN status N CODE` for an answer over HTTP that was not the wanted one, `TOKEN pid N PID` to be able to end the
 * looking, `TOKEN skip N` where the box has no program for it. It ends when all targets are open.
 *
 * There is no event for a port that opens elsewhere, so it asks again and again: every 10 ms at first, never less often
 * than every 20 ms in the first five seconds, then ten times a second. With bash nothing is started for it: bash connects
 * by itself, and a read with a limit from a pipe that nobody writes to is the pause.
 *
 * `wget -T` would be shorter than `timeout`, but kills some builds of busybox.
 *
 * What is specific to bash stands in `eval`, so that other shells can read past it.
 */
const PROGRAM = `token=$0; exec 2>/dev/null </dev/null; trap '' PIPE
LC_ALL=C; export LC_ALL; unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
say() { printf '%s\\n' "$token $*"; }
has() { command -v "$1" >/dev/null; }
tcp= http=
if [ -n "$BASH_VERSION" ]; then
case $( { { :; } </dev/tcp/127.0.0.1/1; } 2>&1) in *"No such file"*) ;; *) tcp=bash http=bash; eval 'exec 4<> <(:)' ;; esac
fi
if [ -z "$tcp" ] && has nc; then
case $(nc -h 2>&1) in *-z*) tcp=nc_z ;; *-e*) tcp=nc_e ;; esac
fi
if [ -n "$http" ]; then :; elif has curl; then http=curl
elif has wget; then case $(wget --help 2>&1) in *-S*) http=wget ;; esac
fi
limit=; timeout 5 true && limit='timeout 5'
tcp_bash() { { :; } 3<>"/dev/tcp/$1/$2"; }
tcp_nc_z() { nc -z -w 1 "$1" "$2"; }
tcp_nc_e() { nc -w 1 "$1" "$2" -e true; }
http_bash() { { printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' "$3" "$4" >&3; eval 'read -r -t 5 line <&3'; printf '%s' "$line"; } 3<>"/dev/tcp/$1/$2"; }
http_curl() { curl -s -o /dev/null -m 5 -H "Host: $4" -w 'HTTP/ %{http_code}' "http://$1:$2$3"; }
http_wget() { $limit wget -q -S -O /dev/null --header "Host: $4" "http://$1:$2$3" 2>&1; }
doze() { if [ "$tcp" = bash ]; then read -r -t "$1" -u 4; [ $? -gt 128 ] && return; fi; sleep "$1" || usleep 10000 || sleep 1; }
rest() { n=$((n + 1)); if [ $n -lt 100 ]; then doze 0.01; elif [ $n -lt 300 ]; then doze 0.02; else doze 0.1; fi; }
wait_tcp() { until tcp_$tcp "$2" "$3"; do rest; done; say open "$1"; }
wait_http() {
last=
while :; do
answer=$(http_$http "$2" "$3" "$4" "$5")
case $answer in *HTTP/*\\ *) code=\${answer#*HTTP/}; code=\${code#* }; code=\${code%%[!0-9]*} ;; *) code= ;; esac
case $code in "" | 000) code= ;; "$6") say open "$1"; return ;; [23]??) [ -z "$6" ] && { say open "$1"; return; } ;; esac
[ "$code" = "$last" ] || say status "$1" "$code"
last=$code; rest
done
}
while [ $# -ge 6 ]; do
if [ -z "$4" ] && [ -n "$tcp" ]; then n=0; wait_tcp "$@" & say pid "$1" $!
elif [ -n "$4" ] && [ -n "$http" ]; then n=0; wait_http "$@" & say pid "$1" $!
else say skip "$1"; fi
shift 6
done
wait`;

/** Bash where the box has it, in a shell of its own: what a step did to the session's shell does not matter to it. */
const START = 'b=$(command -v bash) && exec "$b" -p -c "$@"; exec /bin/sh -c "$@"';

const wordsOf = ({ address, port, http }: BoxTarget, index: number): string[] => [
  String(index),
  address,
  String(port),
  http?.path ?? '',
  http?.host ?? '',
  http?.status === undefined ? '' : String(http.status),
];

/** The session command that looks at the targets; `token` begins each line of its answer. */
export function probeCommand(targets: readonly BoxTarget[], token: string): string {
  const words = ['/bin/sh', '-c', START, 'slipway', PROGRAM, token, ...targets.flatMap(wordsOf)];
  return `${words.map(shellQuote).join(' ')} 7>&- 8>&- 9<&-`;
}
