// Functions come last and each for itself, so that names and bodies need no parser.
const BASH = `\\builtin shopt -p >&6; __slipway_part; \\builtin alias -p >&6; __slipway_part
\\builtin declare -p >&6; __slipway_part
IFS='
'; \\builtin set -f
for __slipway_line in $(\\builtin declare -F); do
__slipway_part; \\builtin printf '%s\\n' "$__slipway_line" >&6; \\builtin declare -f -- "\${__slipway_line##* }" >&6
done`;

const POSIX = `\\command alias >&6; __slipway_part
\\command set >&6; __slipway_part; \\command export -p >&6; __slipway_part; \\command readonly -p >&6; __slipway_part`;

/**
 * Makes a shell print what it holds, in parts with a NUL between them, which no variable can hold: `parse-shell.ts` reads
 * them. The traps come first, outside of the subshell in which the rest happens, where they would be gone; the subshell
 * may change what it likes: it counts the processes of the box, itself among them. All goes to a descriptor of its own, because a trap on DEBUG prints in between.
 */
export const SHELL_TEXT = `{ \\command trap >&6
\\command printf '\\0%s\\0' "$#" >&6; for __slipway_line in "$@"; do \\command printf '%s\\0' "$__slipway_line" >&6; done
( __slipway_part() { \\command printf '\\0' >&6; }
\\command set +o >&6; __slipway_part; \\command set +eu
\\command printf %s "$__slipway_trace" >&6; __slipway_part; \\command pwd >&6; __slipway_part; \\command umask >&6; __slipway_part
\\command set +f; \\command set -- /proc/[0-9]*; \\command printf %s "$#" >&6; __slipway_part
if [ -n "\${BASH_VERSION-}" ]; then \\command printf bash >&6; __slipway_part
${BASH}
else \\command printf posix >&6; __slipway_part
${POSIX}
fi; \\command : ); } 6>&1 >/dev/null`;
