import { fail, ok, type Result } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import type { Expected } from './fetch-archive.ts';
import { get } from './http.ts';
import { type HttpAnswer, type HttpContext, type HttpFailure, TransferError } from './http-send.ts';
import { asRecord, asText, parseRecord } from './json.ts';
import { shownUrl } from './shown-url.ts';

/** What a registry says of a step. */
export interface RegistryAnswer extends Expected {
  /** Absent: the registry does not say. */
  readonly version?: string;
  readonly archive: URL;
}

export interface Registry {
  readonly url: URL;
  /** The interface of before 2017: another path, no checksums, no private steps. */
  readonly isOld: boolean;
}

type StepName = Pick<StepSpec, 'owner' | 'name'>;

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Where a registry answers about a version, or range of versions, of a step. */
export function lookUpUrl({ url, isOld }: Registry, { owner, name }: StepName, version: string): URL {
  const parts = [owner, name, version].map(encodeURIComponent);
  // The older servers want even the star encoded.
  const path = isOld
    ? `api/v2/steps/${parts.join('/').replaceAll('*', '%2A')}`
    : `api/steps/${parts.join('/')}`;
  return new URL(`${url.href.replace(/[?#].*$/, '').replace(/\/*$/, '')}/${path}`);
}

/** Asks a registry once which version fits, and where its archive is. Throws `StepError` `ABORTED`. */
export async function lookUp(
  context: HttpContext,
  registry: Registry,
  url: URL,
): Promise<Result<RegistryAnswer, HttpFailure>> {
  const answer = await get(context, url, { accept: 'application/json' });
  if (!answer.ok) return answer;
  const text = await readText(answer.value);
  if (!text.ok) return text;
  const invalid = (why: string): Result<never, HttpFailure> =>
    fail({ kind: 'invalid', why: `${shownUrl(url)} answered ${why}` });
  const found = readAnswer(text.value, registry, answer.value.url);
  if (found === undefined) return invalid('something that is no description of a step');
  const { protocol } = found.archive;
  if (protocol === 'https:' || (protocol === 'http:' && answer.value.url.protocol === 'http:'))
    return ok(found);
  // What is not encrypted on the way could be exchanged on the way.
  return protocol === 'http:' && found.checksum
    ? ok(found)
    : invalid('with an archive that is not on an https address');
}

/** An answer's text, bounded. Throws `StepError` `ABORTED`. */
export async function readText(answer: HttpAnswer): Promise<Result<string, HttpFailure>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      size += chunk.length;
      chunks.push(chunk);
      if (size > MAX_ANSWER_BYTES) {
        return fail({
          kind: 'invalid',
          why: `${shownUrl(answer.url)} answered more than ${MAX_ANSWER_BYTES} bytes`,
        });
      }
    }
  } catch (cause) {
    if (!(cause instanceof TransferError)) throw cause;
    return fail({ kind: 'unreachable', why: `${shownUrl(answer.url)}: ${cause.message}`, isTransient: true });
  }
  return ok(Buffer.concat(chunks).toString());
}

function readAnswer(text: string, { isOld }: Registry, base: URL): RegistryAnswer | undefined {
  const answer = parseRecord(text);
  const step = isOld ? answer : asRecord(answer?.['step']);
  const archive = URL.parse(asText(step?.['tarballUrl']) ?? 'none:', base.href);
  if (step === undefined || archive === null || archive.protocol === 'none:') return undefined;
  const version = asText(isOld ? step['version'] : asRecord(step['version'])?.['number']);
  const checksum = asText(step['checksum']);
  const size = step['size'];
  return {
    archive,
    ...(version !== undefined && { version }),
    ...(checksum !== undefined && { checksum }),
    ...(typeof size === 'number' && size > 0 && { sizeBytes: size }),
  };
}
