import type { StepProperty } from '../../pipeline/index.ts';
import { asRecord, asText, parseRecord } from '../json.ts';
import { isStepName, type PublishManifest, problemsOf } from '../publish-manifest.ts';
import { Refusal } from './refusal.ts';

/** What whoever publishes says of a step before its archive comes. */
export interface Announcement {
  /** SHA-256 in hex, of the compressed archive. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly manifest: PublishManifest;
  /** Absent: the one that the token belongs to. */
  readonly owner?: string;
  readonly isPrivate: boolean;
}

const MAX_TEXT_LENGTH = 10_000;
const MAX_LIST_LENGTH = 200;

/** Reads what was posted to `/api/publish`. Throws `Refusal` `MALFORMED`, with everything that is wrong. */
export async function readAnnouncement(text: string): Promise<Announcement> {
  const posted = parseRecord(text);
  const manifest = readManifest(asRecord(posted?.['manifest']) ?? {});
  const checksum = (asText(posted?.['checksum']) ?? '').toLowerCase();
  const sizeBytes = posted?.['size'];
  const owner = asText(posted?.['username']);
  const problems = [
    ...(posted === undefined ? ['this is no JSON object'] : []),
    ...(/^[0-9a-f]{64}$/.test(checksum) ? [] : ['checksum is no SHA-256 in hex']),
    ...(isSize(sizeBytes) ? [] : ['size is no number of bytes']),
    ...(await problemsOf(manifest)),
    ...(owner === undefined || isStepName(owner) ? [] : ['username is no name of an owner']),
  ];
  if (problems.length > 0 || !isSize(sizeBytes)) throw new Refusal('MALFORMED', problems.join('; '));
  return {
    checksum,
    sizeBytes,
    manifest,
    isPrivate: posted?.['private'] === true,
    ...(owner !== undefined && { owner }),
  };
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const bounded = (value: unknown): string => (asText(value) ?? '').slice(0, MAX_TEXT_LENGTH);

function readManifest(posted: Readonly<Record<string, unknown>>): PublishManifest {
  const { tags, properties } = posted;
  return {
    name: bounded(posted['name']),
    version: bounded(posted['version']),
    summary: bounded(posted['summary']),
    tags: Array.isArray(tags) ? tags.slice(0, MAX_LIST_LENGTH).map(bounded).filter(Boolean) : [],
    properties: Array.isArray(properties)
      ? properties.slice(0, MAX_LIST_LENGTH).flatMap((property) => readProperty(asRecord(property)))
      : [],
  };
}

const TYPES: readonly StepProperty['type'][] = ['string', 'password', 'int', 'boolean'];

function readProperty(posted: Readonly<Record<string, unknown>> | undefined): StepProperty[] {
  const name = bounded(posted?.['name']);
  if (posted === undefined || name === '') return [];
  const type = TYPES.find((each) => each === posted['type']) ?? 'string';
  const fallback = posted['default'];
  return [
    {
      name,
      type,
      required: posted['required'] === true,
      secret: posted['secret'] === true || type === 'password',
      ...(typeof fallback === 'string' && { default: bounded(fallback) }),
    },
  ];
}
