import { visibleText } from '../../kernel/index.ts';
import type { BuildReason } from '../build.ts';
import { BuildError } from '../error.ts';

interface Pattern {
  readonly words: RegExp;
  readonly reason: BuildReason;
  readonly message: (found: RegExpExecArray) => string;
}

/** BuildKit's own wordings, v0.8 to today's, in the order in which they are tried. */
const PATTERNS: readonly Pattern[] = [
  {
    words: /did not complete successfully: exit code: (\d+)|executor failed running .*: exit code: (\d+)/,
    reason: 'requirement-failed',
    message: ([, now, before]) => `the requirements could not be installed (exit code ${now ?? before})`,
  },
  {
    words: /did not complete successfully: (?:signal: killed|cannot allocate memory)/,
    reason: 'requirement-failed',
    message: () => 'installing the requirements was killed: it needed more memory than a build may have',
  },
  {
    words:
      /failed to (?:push|export|do request)[^\n]*(?:\b40[13]\b|unauthori[sz]ed|denied|insufficient_scope|authorization failed)/i,
    reason: 'registry-refused',
    message: () => 'the registry does not let the image in: look at the credentials',
  },
  {
    words: /failed to push[^\n]*(?:\b5\d\d\b|no space left|quota|too large|\b413\b)/i,
    reason: 'registry-refused',
    message: () => 'the registry could not store the image',
  },
  {
    words:
      /failed to (?:push|export)[^\n]*(?:connection refused|no such host|i\/o timeout|deadline exceeded|no route|reset by peer|x509|tls:|EOF|server gave HTTP)/i,
    reason: 'registry-unreachable',
    message: () => 'the registry cannot be reached from the cluster',
  },
  {
    words:
      /pull access denied|(?:failed to (?:resolve|load)|failed to solve)[^\n]*(?:\b40[13]\b|unauthori[sz]ed|authorization failed|insufficient_scope)/i,
    reason: 'source-refused',
    message: () => 'the registry of the source does not give it to us: it does not exist, or needs a login',
  },
  {
    words: /(?:failed to (?:resolve|load)|failed to solve)[^\n]*(?:not found|manifest unknown|NAME_UNKNOWN)/i,
    reason: 'source-not-found',
    message: () => 'the source is not in its registry',
  },
  {
    words:
      /connection refused|no such host|i\/o timeout|no route to host|reset by peer|x509|tls: |server gave HTTP/i,
    reason: 'registry-unreachable',
    message: () => 'a registry cannot be reached from the cluster',
  },
];

const MESSAGE_LIMIT = 500;

/**
 * Why BuildKit gave up, out of the end of its log. Only its own last line counts: what instructions print has a number and a
 * time before it, and cannot look like that.
 */
export function explainBuild(endOfLog: string, exitCode: number): BuildError {
  const line = endOfLog.split('\n').findLast((each) => /^(?:error|ERROR): /.test(each)) ?? '';
  const said = visibleText(line.replace(/^error: /i, '')).slice(0, MESSAGE_LIMIT);
  for (const { words, reason, message } of PATTERNS) {
    const found = words.exec(line);
    if (found !== null) {
      const detail = reason === 'requirement-failed' ? '' : `: ${said}`;
      return new BuildError(reason, `${message(found)}${detail}`);
    }
  }
  const end = said === '' ? visibleText(lastLine(endOfLog)).slice(0, MESSAGE_LIMIT) : said;
  return new BuildError(
    'backend-failed',
    `the builder ended with exit code ${exitCode}${end === '' ? '' : `: ${end}`}`,
  );
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
