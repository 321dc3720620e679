import { EngineError, type EngineErrorCode } from '../../engine/index.ts';
import type { BuildReason } from '../build.ts';
import { BuildError } from '../error.ts';

const SOURCE_REASONS: Partial<Record<EngineErrorCode, BuildReason>> = {
  IMAGE_NOT_FOUND: 'source-not-found',
  INVALID: 'source-not-found',
  UNAUTHORIZED: 'source-refused',
  REGISTRY: 'registry-unreachable',
};

/** Engines have one code for a registry that says no, and for one that says nothing. */
const NO_ANSWER =
  /connection refused|reset by peer|no such host|timeout|deadline exceeded|no route to host|network is unreachable|x509|tls:|server gave HTTP|cannot be reached|\bEOF\b|broken pipe/i;

/**
 * Without what an engine repeats of an answer that is no registry's: users choose the address, and would read there what only
 * the engine can reach.
 */
const withoutBody = (message: string): string =>
  message.replace(
    /(error parsing HTTP (?:\d{3} )?response body).*$/s,
    '$1: what answers there is no registry',
  );

/** Why a build ends whose source could not be had. What is no word of the engine stays as it is, here as below. */
export function explainSource(error: unknown, source: string): unknown {
  if (!(error instanceof EngineError)) return error;
  const reason = SOURCE_REASONS[error.code] ?? 'backend-failed';
  return new BuildError(reason, `the source ${source} cannot be had: ${withoutBody(error.message)}`, {
    cause: error,
  });
}

/** Why a build ends whose instructions failed. */
export function explainBuild(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { code, message } = error;
  const [, exitCode] = /its command ended with exit code (\d+)$/.exec(message) ?? [];
  if (code !== 'BUILD_FAILED' || exitCode === undefined) {
    return new BuildError('backend-failed', message, { cause: error });
  }
  const said = `the requirements could not be installed (exit code ${exitCode})`;
  return new BuildError('requirement-failed', said, { cause: error });
}

const WHOSE_LOGIN =
  " (the login is REGISTRY_SECRET of the user, otherwise the server's REGISTRY_USER and REGISTRY_PASS)";

/** Why a build ends whose image the registry did not take. */
export function explainPush(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const hint = error.code === 'UNAUTHORIZED' ? WHOSE_LOGIN : '';
  const said = `the image was built, but not pushed: ${withoutBody(error.message)}${hint}`;
  return new BuildError(pushReason(error), said, { cause: error });
}

function pushReason({ code, message }: EngineError): BuildReason {
  if (code === 'UNAUTHORIZED') return 'registry-refused';
  if (code !== 'REGISTRY') return 'backend-failed';
  return NO_ANSWER.test(message) ? 'registry-unreachable' : 'registry-refused';
}
