import { CacheError } from '../error.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import { walkCommit } from '../ostree/walk-commit.ts';
import { createAgents } from '../pull/http/agents.ts';
import { forEachInParallel } from '../pull/in-parallel.ts';
import type { PushProgress } from '../push/push-refs.ts';
import { sendTar } from '../push/send-tar.ts';
import { storedObjects } from '../push/stored-objects.ts';
import type { Ref, Repository } from '../repository/repository.ts';
import { retryPauses, withRetries } from '../retrying.ts';
import { encodeEntries } from '../wire/entries.ts';
import { encodeUploadHeader, MAX_ASKED_OBJECTS, MISSING_PATH, PUBLISH_PATH } from '../wire/upload.ts';
import { sendBody, type UploadLink } from './send-body.ts';

/** An artifact cache that takes uploads. */
export interface UploadTarget {
  /** Of the repository: `http://host:8080/artifacts/`. */
  readonly url: string;
  /** The value of the header `Authorization` for a request, asked before each. Absent: none. */
  readonly authorize?: UploadLink['authorize'];
}

export interface UploadRefsOptions {
  /** How often what may pass is tried again while nothing more arrives. @defaultValue 5 */
  readonly retries?: number;
  /** How long the server may take or say nothing, in milliseconds. @defaultValue 60,000 */
  readonly stallTimeoutMs?: number;
  /** Where the names of proxies are. @defaultValue `process.env` */
  readonly environment?: NodeJS.ProcessEnv;
  /** Called often; must not throw. */
  readonly onProgress?: (progress: PushProgress) => void;
  /** Another try, with its reason. */
  readonly onNotice?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** What was sent to a cache. */
export interface UploadedRefs {
  /** Everything that the refs need. */
  readonly objects: number;
  /** Those that the cache did not have. */
  readonly sentObjects: number;
  /** As they are stored. */
  readonly sentBytes: number;
}

const RETRIES = 5;
const STALL_MS = 60_000;
const ASKING_AT_ONCE = 4;

/**
 * Sends artifacts to a cache over http: what it has already stays here, and what arrived of an upload that was cut is not
 * sent again. One connection carries all objects: the other side writes each as it comes, and is not faster with several.
 * Safe to repeat. Throws `CacheError` (`REFUSED` with what the cache says, `UNAVAILABLE`, `MISSING_OBJECT`) and the signal's
 * reason.
 */
export async function uploadRefs(
  repository: Repository,
  refs: readonly Ref[],
  target: UploadTarget,
  options: UploadRefsOptions = {},
): Promise<UploadedRefs> {
  const { signal = new AbortController().signal, environment = process.env, onNotice = () => {} } = options;
  using agents = createAgents({ connections: ASKING_AT_ONCE, environment });
  const stallMs = options.stallTimeoutMs ?? STALL_MS;
  const { authorize } = target;
  const link: UploadLink = { agents, signal, stallMs, ...(authorize !== undefined && { authorize }) };
  const names: ObjectName[] = [];
  for await (const name of walkCommit(repository, new Set(refs.map(({ commit }) => commit))))
    names.push(name);
  const upload: Upload = { repository, refs, names, base: baseOf(target.url), link };
  const retrying = { retryPausesMs: retryPauses(options.retries ?? RETRIES), onNotice, signal };
  let least = Number.POSITIVE_INFINITY;
  return await withRetries(retrying, async (progress) => {
    const wanted = await missingThere(upload);
    if (wanted.length < least && least !== Number.POSITIVE_INFINITY) progress(); // some of it arrived
    least = wanted.length;
    return await publish(upload, wanted, options.onProgress ?? (() => {}));
  });
}

interface Upload {
  readonly repository: Repository;
  readonly refs: readonly Ref[];
  readonly names: readonly ObjectName[];
  /** Ends with a slash. */
  readonly base: string;
  readonly link: UploadLink;
}

function baseOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new CacheError('INVALID_CONFIGURATION', 'artifacts can be sent to http:// and https:// addresses');
  parsed.search = '';
  parsed.hash = '';
  return parsed.href.replace(/\/*$/, '/');
}

async function missingThere({ refs, names, base, link }: Upload): Promise<ObjectName[]> {
  const header = encodeUploadHeader(refs);
  const wanted = new Set<ObjectName>();
  const questions: (readonly ObjectName[])[] = [];
  for (let at = 0; at < names.length; at += MAX_ASKED_OBJECTS)
    questions.push(names.slice(at, at + MAX_ASKED_OBJECTS));
  await forEachInParallel(ASKING_AT_ONCE, questions, async (some) => {
    const bits = await sendBody(new URL(`${base}${MISSING_PATH}`), link, async (out) => {
      out.write(header);
      out.write(encodeEntries(some));
    });
    if (bits.length !== Math.ceil(some.length / 8))
      throw new CacheError('PROTOCOL', `${base} answered for ${bits.length * 8} of ${some.length} objects`);
    for (const [index, name] of some.entries())
      if ((((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1) wanted.add(name);
  });
  return names.filter((name) => wanted.has(name));
}

async function publish(
  { repository, refs, names, base, link }: Upload,
  wanted: readonly ObjectName[],
  onProgress: (progress: PushProgress) => void,
): Promise<UploadedRefs> {
  const objects = await storedObjects(repository, wanted);
  const totalBytes = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let [doneBytes, doneObjects] = [0, 0];
  const tell = (): void => onProgress({ doneBytes, totalBytes, doneObjects, totalObjects: objects.length });
  tell();
  await sendBody(new URL(`${base}${PUBLISH_PATH}`), link, async (out) => {
    out.write(encodeUploadHeader(refs));
    await sendTar(repository, objects, out, (sent) => {
      doneBytes += sent.bytes;
      doneObjects += sent.objects;
      tell();
    });
  });
  return { objects: names.length, sentObjects: objects.length, sentBytes: totalBytes };
}
