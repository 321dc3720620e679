/**
 * The `run.sh` of a step that is written into the pipeline's file. It stops at the first failing command, unless it
 * begins with `#!`: then it is taken as it is. The interpreter is not used, since `run.sh` is sourced.
 */
export function scriptStepFile(code: string): string {
  return code.startsWith('#!') ? code : `set -e\n${code}`;
}
