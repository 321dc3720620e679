import type { PruneOptions } from '../../engine.ts';
import { EngineError } from '../../error.ts';
import { requestJson } from '../answer.ts';
import type { ApiClient } from '../api-client.ts';
import { field, readNumber } from '../json.ts';
import { query } from '../path.ts';
import { isPodman } from '../ping.ts';

export async function pruneBuildCache(api: ApiClient, { keepBytes, signal }: PruneOptions): Promise<number> {
  const doing = 'remove what builds left in the cache';
  if (await isPodman(api, signal))
    throw new EngineError('INVALID', `cannot ${doing}: Podman has no BuildKit`);
  const path = `/build/prune${query({ 'keep-storage': keepBytes, all: true })}`;
  return readNumber(field(await requestJson(api, { method: 'POST', path, doing, signal }), 'SpaceReclaimed'));
}
