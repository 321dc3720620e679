import type { PruneOptions } from '../../engine.ts';
import { EngineError } from '../../error.ts';
import { requestJson } from '../answer.ts';
import type { ApiClient } from '../api-client.ts';
import { field, type Json, optional, readFlag, readList, readNumber, readText } from '../json.ts';
import { query } from '../path.ts';
import { isPodman } from '../ping.ts';

interface CacheEntry {
  readonly id: string;
  readonly description: string;
  readonly sizeBytes: number;
  /** A build uses it now, or an image of the engine has the same bytes: nothing is gained by removing it. */
  readonly isHeld: boolean;
  readonly usedAt: number;
}

/** The engine takes one pattern for each request, in its address. */
const IDS_AT_ONCE = 100;
/** Nothing of it means anything in a pattern. */
const ID = /^[a-z0-9]{8,128}$/i;

export async function pruneBuildCache(api: ApiClient, options: PruneOptions): Promise<number> {
  const doing = 'remove what builds left in the cache';
  const { describedBy, keepBytes = 0, signal } = options;
  if (describedBy === '') throw new EngineError('INVALID', `cannot ${doing}: nothing says what of it`);
  if (await isPodman(api, signal))
    throw new EngineError('INVALID', `cannot ${doing}: Podman has no BuildKit`);
  const entries = await listEntries(api, doing, signal);
  const ids = beyond(
    entries.filter(({ description, isHeld }) => description.includes(describedBy) && !isHeld),
    keepBytes,
  );
  let removedBytes = 0;
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const pattern = `^(${ids.slice(at, at + IDS_AT_ONCE).join('|')})$`;
    // Without `all` the engine keeps some kinds of entries whatever the filter says.
    const path = `/build/prune${query({ all: true, filters: { id: [pattern] } })}`;
    const answer = await requestJson(api, { method: 'POST', path, doing, signal });
    removedBytes += readNumber(field(answer, 'SpaceReclaimed'));
  }
  return removedBytes;
}

/** Those that do not fit, the newest being kept first: as exact as the last listing, since being measured counts as a use. */
function beyond(entries: readonly CacheEntry[], keepBytes: number): string[] {
  let keptBytes = 0;
  const ids: string[] = [];
  for (const { id, sizeBytes } of entries.toSorted((one, other) => other.usedAt - one.usedAt)) {
    if (keptBytes + sizeBytes <= keepBytes) keptBytes += sizeBytes;
    else ids.push(id);
  }
  return ids;
}

async function listEntries(
  api: ApiClient,
  doing: string,
  signal: AbortSignal | undefined,
): Promise<CacheEntry[]> {
  const path = `/system/df${query({ type: 'build-cache', verbose: true })}`;
  const answer = await requestJson(api, { method: 'GET', path, doing, signal });
  // Engines since 29 have the list in an object of its own.
  const usage = optional(field(answer, 'BuildCacheUsage'), (json) => field(json, 'Items'));
  const list = usage ?? field(answer, 'BuildCache');
  return readList(list, readEntry).filter(({ id }) => ID.test(id));
}

function readEntry(json: Json): CacheEntry {
  const moment = (name: string) => optional(field(json, name), readText);
  return {
    id: readText(field(json, 'ID')),
    description: optional(field(json, 'Description'), readText) ?? '',
    sizeBytes: Math.max(0, optional(field(json, 'Size'), readNumber) ?? 0),
    isHeld: [field(json, 'InUse'), field(json, 'Shared')].some((flag) => optional(flag, readFlag) === true),
    usedAt: Date.parse(moment('LastUsedAt') ?? moment('CreatedAt') ?? '') || 0,
  };
}
