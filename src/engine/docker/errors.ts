import { EngineError, type EngineErrorCode } from '../error.ts';

/** An answer that is not a success, and what was being attempted: `create the network w-1`. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly doing: string;
}

interface Rule {
  readonly status?: number;
  readonly message?: RegExp;
  readonly code: EngineErrorCode;
  readonly advice?: string;
}

const DISK_FULL: Rule = {
  message: /no space left on device|disk quota exceeded/i,
  code: 'NO_SPACE',
  advice: 'free some disk space',
};

const REFUSED_CREDENTIALS: Rule = {
  message:
    /unauthorized|authentication required|basic auth credentials|denied|incorrect username|\b40[13]\b/i,
  code: 'UNAUTHORIZED',
};

/** The first rule that fits decides. Wordings are Docker's (20.10 to 28) and Podman's (4 and 5). */
const ANSWERS: readonly Rule[] = [
  DISK_FULL,
  {
    message: /non-overlapping .*address pool|predefined address pools .*subnetted|no free address pool/i,
    code: 'NO_SPACE',
    advice: 'remove unused networks (docker network prune)',
  },
  {
    message: /HTTP request to an HTTPS server/i,
    code: 'UNREACHABLE',
    advice: 'the engine wants TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH',
  },
  { message: /pool overlaps|already used on the host or by another/i, code: 'CONFLICT' },
  { message: /has active endpoints|has associated containers|is being used/i, code: 'CONFLICT' },
  { message: /is already in use|network already exists|container state improper/i, code: 'CONFLICT' },
  {
    message: /OCI runtime attempted to invoke|OCI runtime error|OCI permission denied/i,
    code: 'START_FAILED',
  },
  { message: /names must match|invalid CIDR address|exists but is not a directory/i, code: 'INVALID' },
  { message: /archive\/tar: invalid tar header/i, code: 'INVALID' },
  { message: /no such image|image not known|reference does not exist/i, code: 'IMAGE_NOT_FOUND' },
  { message: /unable to find network|network not found/i, code: 'NOT_FOUND' },
  { message: /extraction point is not a directory|processing tar file|invalid subnet/i, code: 'INVALID' },
  { status: 401, code: 'UNAUTHORIZED' },
  { status: 404, code: 'NOT_FOUND' },
  { status: 409, code: 'CONFLICT' },
  { status: 400, code: 'INVALID' },
  { status: 403, code: 'INVALID' },
  { code: 'FAILED' },
];

/** Pulling: the engine passes on what a registry told it, as text. */
const PULLS: readonly Rule[] = [
  DISK_FULL,
  { message: /invalid reference format|invalid tag/i, code: 'INVALID' },
  { message: /no such host|i\/o timeout|connection refused|network is unreachable/i, code: 'REGISTRY' },
  {
    message: /repository .*does not exist|manifest unknown|name unknown|not found/i,
    code: 'IMAGE_NOT_FOUND',
  },
  REFUSED_CREDENTIALS,
  { message: /no such image/i, code: 'IMAGE_NOT_FOUND' },
  { code: 'REGISTRY' },
];

/** Pushing: a disk that is full is the registry's, as the engine itself writes nothing. */
const PUSHES: readonly Rule[] = [
  { message: /image does not exist locally|no such image|image not known/i, code: 'IMAGE_NOT_FOUND' },
  { message: /invalid reference format|invalid tag/i, code: 'INVALID' },
  REFUSED_CREDENTIALS,
  { code: 'REGISTRY' },
];

/** A build that is refused before its first instruction. */
const BUILDS: readonly Rule[] = [
  DISK_FULL,
  { message: /invalid reference format|invalid tag|archive\/tar|unexpected EOF/i, code: 'INVALID' },
  { message: /dockerfile|no such file or directory|unknown instruction/i, code: 'BUILD_FAILED' },
  { status: 400, code: 'INVALID' },
  { code: 'FAILED' },
];

/** A build with BuildKit that fails outside of its instructions and of its parents. */
const BUILDKIT_BUILDS: readonly Rule[] = [
  DISK_FULL,
  { message: /invalid reference format|invalid tag|archive\/tar|unexpected EOF/i, code: 'INVALID' },
  { message: /not supported by buildkit|buildkit .*(?:experimental|not supported)/i, code: 'INVALID' },
  {
    message: /dockerfile|no such file or directory|failed to (?:compute cache key|calculate checksum)/i,
    code: 'BUILD_FAILED',
  },
  { message: /file with no instructions|unknown instruction/i, code: 'BUILD_FAILED' },
  { status: 400, code: 'INVALID' },
  { code: 'FAILED' },
];

/** An instruction that failed, other than `FROM`, which goes by `PULLS`. */
const INSTRUCTIONS: readonly Rule[] = [
  DISK_FULL,
  { message: /^network .* not found$/, code: 'NOT_FOUND' },
  { code: 'BUILD_FAILED' },
];

const LOADS: readonly Rule[] = [
  DISK_FULL,
  // What is not there is a file that every such tar has.
  {
    message:
      /processing tar file|archive\/tar|no such file or directory|unexpected EOF|payload does not match/i,
    code: 'INVALID',
  },
  { message: /invalid (?:manifest|diff|reference|checksum|tar)|manifest\.json|json:/i, code: 'INVALID' },
  { code: 'FAILED' },
];

const STARTS: readonly Rule[] = [
  DISK_FULL,
  { status: 404, message: /no such container|no container with/i, code: 'NOT_FOUND' },
  { code: 'START_FAILED' },
];

const TABLES = {
  answer: ANSWERS,
  pull: PULLS,
  push: PUSHES,
  build: BUILDS,
  buildkit: BUILDKIT_BUILDS,
  instruction: INSTRUCTIONS,
  load: LOADS,
  start: STARTS,
} as const;

/** The error for an answer of the engine; `table` says which of its words mean what. */
export function refusalError(refusal: Refusal, table: keyof typeof TABLES = 'answer'): EngineError {
  const rule = TABLES[table].find((candidate) => fits(candidate, refusal));
  const reason = refusal.message.trim() || `the engine answered with status ${refusal.status}`;
  const advice = rule?.advice === undefined ? '' : `; ${rule.advice}`;
  return new EngineError(rule?.code ?? 'FAILED', `cannot ${refusal.doing}: ${reason}${advice}`);
}

function fits(rule: Rule, refusal: Refusal): boolean {
  const { status = refusal.status, message } = rule;
  return status === refusal.status && (message === undefined || message.test(refusal.message));
}
