import { createReadStream } from 'node:fs';
import { ArchiveError } from '../archive/index.ts';
import { fail, ok, type Result } from '../kernel/index.ts';
import { StepError } from './error.ts';
import { withRetries } from './http.ts';
import { type HttpAnswer, type HttpContent, type HttpContext, type HttpFailure, send } from './http-send.ts';
import { asText, parseRecord } from './json.ts';
import { DEFAULT_LIMITS } from './options.ts';
import { packStep, type StepArchive } from './publish-archive.ts';
import { type PublishManifest, readPublishManifest } from './publish-manifest.ts';
import type { PublishedStep, PublishFailure, PublishStepOptions } from './publish-options.ts';
import { readText } from './registry-lookup.ts';
import { shownUrl } from './shown-url.ts';

const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' };

interface Publication {
  readonly options: PublishStepOptions;
  readonly registry: URL;
  readonly context: HttpContext;
}

/**
 * Publishes the step in a folder to a registry (contract: "Publishing a step"): announces it, sends the archive, says
 * that it is done. Safe to repeat: the same files have the same checksum.
 *
 * What is wrong with the step, or what the registry says against it, is a failure. Throws `StepError` `ABORTED`.
 */
export async function publishStep(
  options: PublishStepOptions,
): Promise<Result<PublishedStep, PublishFailure>> {
  const registry = URL.parse(options.registryUrl);
  if (registry === null || !/^https?:$/.test(registry.protocol)) {
    return fail({ code: 'invalid', message: 'the address of the step registry is no web address' });
  }
  const manifest = await readPublishManifest(options.folder);
  if (!manifest.ok) return fail({ code: 'not-a-step', message: manifest.error });
  const { onNotice, signal } = options;
  const context = { onNotice, signal, limits: { ...DEFAULT_LIMITS, ...options.limits } };
  try {
    await using archive = await packStep(options.folder, signal);
    const sent = await sendStep({ options, registry, context }, manifest.value, archive);
    return sent.ok ? sent : fail(masked(sent.error, options.token));
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause;
    if (cause.code === 'ABORTED')
      throw new StepError('ABORTED', 'Publishing a step was cancelled', { cause });
    return fail({ code: 'not-a-step', message: `the step cannot be archived: ${cause.message}` });
  }
}

/** A registry may answer with what it was sent. */
const masked = (failure: PublishFailure, token = ''): PublishFailure =>
  token === '' ? failure : { ...failure, message: failure.message.replaceAll(token, '***') };

async function sendStep(
  publication: Publication,
  manifest: PublishManifest,
  archive: StepArchive,
): Promise<Result<PublishedStep, PublishFailure>> {
  const { options, registry } = publication;
  const { checksum, sizeBytes } = archive;
  const announced = await post(publication, 'api/publish', {
    checksum,
    size: sizeBytes,
    manifest,
    ...(options.owner !== undefined && { username: options.owner }),
    ...(options.isPrivate && { private: true }),
  });
  if (!announced.ok) return announced;
  const uploadUrl = URL.parse(asText(announced.value?.['uploadUrl']) ?? 'none:', registry.href);
  const token = asText(announced.value?.['token']);
  if (uploadUrl === null || !mayReceive(uploadUrl, registry) || token === undefined) {
    return fail(answeredWrongly(registry, 'without a place to upload to'));
  }
  const uploaded = await upload(publication, uploadUrl, archive);
  if (!uploaded.ok) return uploaded;
  const done = await post(publication, 'api/publish/done', { token });
  return done.ok ? ok({ name: manifest.name, version: manifest.version, checksum, sizeBytes }) : done;
}

/** What came encrypted does not go on in the clear. */
const mayReceive = (url: URL, registry: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && registry.protocol === 'http:');

const answeredWrongly = (url: URL, how: string): PublishFailure => ({
  code: 'invalid',
  message: `${shownUrl(url)} answered ${how}`,
  hint: 'is --steps-registry the address of a step registry?',
});

async function post(
  { options, registry, context }: Publication,
  path: string,
  body: object,
): Promise<Result<Readonly<Record<string, unknown>> | undefined, PublishFailure>> {
  const url = new URL(`${registry.href.replace(/[?#].*$/, '').replace(/\/*$/, '')}/${path}`);
  const bearer = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const text = await request(context, url, { ...JSON_HEADERS, ...bearer }, () => ({
    method: 'POST',
    body: JSON.stringify(body),
  }));
  return text.ok ? ok(parseRecord(text.value)) : text;
}

async function upload(
  { context }: Publication,
  url: URL,
  archive: StepArchive,
): Promise<Result<string, PublishFailure>> {
  const headers = { 'content-type': 'application/gzip', 'content-length': String(archive.sizeBytes) };
  return await request(context, url, headers, () => ({
    method: 'PUT',
    body: createReadStream(archive.path),
  }));
}

/** Sends a request, more than once where that may help, and gives the text of the answer. */
async function request(
  context: HttpContext,
  url: URL,
  headers: Readonly<Record<string, string>>,
  content: () => HttpContent,
): Promise<Result<string, PublishFailure>> {
  const attempt = async (): Promise<Result<Answered, HttpFailure>> => {
    const answer = await send(context, url, headers, content());
    return answer.ok ? await withText(answer.value) : answer;
  };
  const answered = await withRetries(context, url, attempt);
  if (!answered.ok) return fail(sendFailure(url, answered.error));
  const { status, text } = answered.value;
  if (status >= 200 && status < 300) return ok(text);
  if (status < 400) return fail(answeredWrongly(url, `${status}: it is somewhere else`));
  return fail(refusal(url, status, text));
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function withText(answer: HttpAnswer): Promise<Result<Answered, HttpFailure>> {
  const text = await readText(answer);
  return text.ok ? ok({ status: answer.status, text: text.value }) : text;
}

function sendFailure(url: URL, failure: HttpFailure): PublishFailure {
  if (failure.kind === 'status') return refusal(url, failure.status, '');
  const code = failure.kind === 'unreachable' ? 'unreachable' : 'invalid';
  return { code, message: `the step was not published: ${failure.why}` };
}

const MAX_SHOWN_LENGTH = 300;

function refusal(url: URL, status: number, text: string): PublishFailure {
  const answer = parseRecord(text);
  const said = asText(answer?.['message']) ?? asText(answer?.['error']) ?? text;
  // Control characters would act on the terminal.
  const plain = said
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_SHOWN_LENGTH);
  const message = `the step was not published: ${shownUrl(url)} answered ${status}${plain === '' ? '' : `: ${plain}`}`;
  const needsToken = status === 401 || status === 403;
  return {
    code: 'refused',
    message,
    ...(needsToken && { hint: 'give a token that may publish: --auth-token, or slipway login' }),
  };
}
