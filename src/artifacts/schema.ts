import { z } from 'zod';
import {
  MAX_ENTRIES,
  MAX_MEDIA_TYPE,
  type ArtifactManifest as Manifest,
  type ManifestEntry,
} from './manifest.ts';
import type { RunRecord as Run } from './run-record.ts';
import { areSoundEntries } from './sound-entries.ts';

// Loaded only where something is read: a run that writes needs no zod.

const MAX_ITEMS = 10_000; // steps, and artifacts, of a run: a page shows all of them

const time = z.int().min(0).max(8.64e15); // what is later is no date
const sizeBytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const crc32 = z.int().min(0).max(0xffffffff);

const isRelative = (path: string): boolean =>
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !path.includes('\0');

const path = z.string().refine(isRelative, { error: 'expected a relative path without "." and ".."' });

const entry = z.object({
  path,
  type: z.enum(['file', 'folder', 'link']),
  mode: z.int().min(0).max(0o7777),
  modifiedAt: z.int(),
  sizeBytes,
  offset: z.int().min(0).exactOptional(),
  sha256: sha256.exactOptional(),
  crc32: crc32.exactOptional(),
  mediaType: z.string().max(MAX_MEDIA_TYPE).exactOptional(),
  target: z.string().exactOptional(),
}) satisfies z.ZodType<ManifestEntry>;

/** What `areSoundEntries` finds quickly, and what is wrong where it finds something. */
export const ManifestEntries = z.array(entry).max(MAX_ENTRIES) satisfies z.ZodType<ManifestEntry[]>;

const entries = z.unknown().transform((value, context): readonly ManifestEntry[] => {
  if (areSoundEntries(value)) return value;
  const { data, error } = ManifestEntries.safeParse(value);
  for (const issue of error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: issue.path, message: issue.message });
  }
  return data ?? z.NEVER;
});

/** Where a file's content would be must be within the tar: readers trust it. */
const entriesFit = ({ sizeBytes: whole, entries = [] }: Manifest): boolean =>
  entries.every(({ offset = 0, sizeBytes: size }) => offset + size <= whole);

const pathsDiffer = ({ entries = [] }: Manifest): boolean =>
  new Set(entries.map((each) => each.path)).size === entries.length;

export const ArtifactManifest = z
  .object({
    version: z.literal(1),
    runId: z.string(),
    name: z.string(),
    fileName: z.string(),
    key: z.string(),
    sizeBytes,
    sha256,
    crc32,
    mediaType: z.string(),
    storedAt: time,
    expiresAt: time.exactOptional(),
    entries: entries.exactOptional(),
    entriesOmitted: z.literal(true).exactOptional(),
  })
  .refine(entriesFit, { error: 'an entry that ends behind the end of the artifact' })
  .refine(pathsDiffer, { error: 'two entries of one path' }) satisfies z.ZodType<Manifest>;

const step = z.object({
  safeId: z.string(),
  displayName: z.string(),
  phase: z.enum(['main', 'after']),
  result: z.enum(['passed', 'failed', 'skipped', 'interrupted']),
  startedAt: z.number().exactOptional(),
  durationMs: z.number(),
  message: z.string().exactOptional(),
});

const artifact = z.object({
  name: z.string(),
  fileName: z.string(),
  store: z.string(),
  key: z.string(),
  sizeBytes,
  sha256,
  mediaType: z.string(),
  storedAt: time,
  expiresAt: time.exactOptional(),
  safeId: z.string().exactOptional(),
  files: z.int().min(0).exactOptional(),
});

export const RunRecord = z.object({
  version: z.literal(1),
  runId: z.string(),
  application: z.object({ id: z.string(), name: z.string() }),
  kind: z.enum(['build', 'deploy', 'image']),
  pipeline: z.string(),
  partOf: z.string().exactOptional(),
  git: z.object({ branch: z.string().exactOptional(), commit: z.string().exactOptional() }).exactOptional(),
  startedAt: time,
  finishedAt: time.exactOptional(),
  result: z.enum(['running', 'passed', 'failed', 'interrupted', 'lost']),
  message: z.string().exactOptional(),
  owner: z.object({ host: z.string(), process: z.string() }),
  steps: z.array(step).max(MAX_ITEMS),
  artifacts: z.array(artifact).max(MAX_ITEMS),
  cachedFrom: z.object({ runId: z.string(), startedAt: time }).exactOptional(),
  kept: z.boolean().exactOptional(),
}) satisfies z.ZodType<Run>;
