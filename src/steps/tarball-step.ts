import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../kernel/index.ts';
import type { StepSpec } from '../pipeline/index.ts';
import { StepError } from './error.ts';
import { fetchFailure } from './failures.ts';
import { type Expected, unpackAnswer } from './fetch-archive.ts';
import { get, withRetries } from './http.ts';
import type { HttpContext, HttpFailure } from './http-send.ts';
import { asText, parseRecord } from './json.ts';
import type { ResolvedStepFiles, ResolveStepOptions, StepFailure } from './options.ts';
import { shownUrl } from './shown-url.ts';
import { isKept, keep } from './step-cache.ts';
import { readStepFiles } from './step-files.ts';

interface TarballSearch {
  readonly spec: StepSpec;
  readonly url: URL;
  readonly expected?: Expected;
  readonly options: ResolveStepOptions;
  readonly context: HttpContext;
}

/** The newest copy of an archive, and how the server told it from others. */
interface KeptTarball {
  readonly name: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/**
 * A step that is an archive at an address. Its copy is kept, and used when the server says that nothing has changed, or
 * cannot be reached, which a notice says.
 */
export async function resolveTarball(search: TarballSearch): Promise<Result<ResolvedStepFiles, StepFailure>> {
  const { spec, url, options, context } = search;
  const shown = shownUrl(url);
  const kept = await readKept(search);
  const fetched = await withRetries(context, url, () => fetchChanged(search, kept));
  if (fetched.ok) {
    if (fetched.value !== kept) await writeKept(search, fetched.value);
    return ok(await readStepFiles(join(options.stepsFolder, fetched.value.name), shown));
  }
  if (fetched.error.kind === 'unreachable' && kept !== undefined) {
    options.onNotice(`${spec.name}: ${fetched.error.why}; using the copy kept on this machine`);
    return ok(await readStepFiles(join(options.stepsFolder, kept.name), shown));
  }
  const advice = 'check the address, or give a folder: `"file://PATH"`';
  return fail(fetchFailure(spec, fetched.error, { where: shown, hadToken: url.username !== '', advice }));
}

async function fetchChanged(
  search: TarballSearch,
  kept: KeptTarball | undefined,
): Promise<Result<KeptTarball, HttpFailure>> {
  const { url, expected, options, context } = search;
  const answer = await get(context, url, {
    ...(kept?.etag !== undefined && { 'if-none-match': kept.etag }),
    ...(kept?.lastModified !== undefined && { 'if-modified-since': kept.lastModified }),
  });
  if (!answer.ok) return answer;
  if (answer.value.status === 304 && kept !== undefined) {
    await answer.value.discard();
    return ok(kept);
  }
  return await keep(options.stepsFolder, async (folder): Promise<Result<KeptTarball, HttpFailure>> => {
    const archive = await unpackAnswer(context, answer.value, folder, expected);
    if (!archive.ok) return archive;
    const { checksum, headers } = archive.value;
    const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
    return ok({
      name: `${recordName(search)}-${checksum.slice(0, 16)}`,
      ...(etag !== null && { etag }),
      ...(lastModified !== null && { lastModified }),
    });
  });
}

/** An address may hold a password, so only its digest becomes part of a name. */
function recordName({ url }: TarballSearch): string {
  return `url-${createHash('sha256').update(url.href).digest('hex').slice(0, 32)}`;
}

function recordPath(search: TarballSearch): string {
  return join(search.options.stepsFolder, `${recordName(search)}.json`);
}

async function readKept(search: TarballSearch): Promise<KeptTarball | undefined> {
  const text = await readFile(recordPath(search), 'utf8').catch(() => '');
  const record = parseRecord(text);
  const name = asText(record?.['name']);
  const etag = asText(record?.['etag']);
  const lastModified = asText(record?.['lastModified']);
  if (name === undefined || !/^url-[0-9a-f]+-[0-9a-f]+$/.test(name)) return undefined;
  if (!(await isKept(join(search.options.stepsFolder, name)))) return undefined;
  return { name, ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

async function writeKept(search: TarballSearch, kept: KeptTarball): Promise<void> {
  const path = recordPath(search);
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(kept), { flush: true });
    await rename(temporary, path);
  } catch (cause) {
    throw new StepError('CACHE', `Could not note in ${path} which copy of a step is the newest`, { cause });
  }
}
