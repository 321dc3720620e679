import { compareKeys, isKey } from '../key.ts';
import type { ListOptions, ObjectPage, StoredObject } from '../store.ts';
import { json, protocolError } from './answers.ts';
import type { OciClient } from './client.ts';
import { ObjectList } from './schema.ts';

const MAX_LIMIT = 1000; // of the service

/** One page of the bucket's objects. Throws `StoreError`, and the signal's reason. */
export async function listObjects(client: OciClient, options: ListOptions = {}): Promise<ObjectPage> {
  const what = `Cannot list ${client.name}`;
  const ask = (from: { readonly start?: string; readonly startAfter?: string }): Promise<ObjectList> =>
    client.demand(
      {
        what,
        method: 'GET',
        path: '/o',
        query: {
          prefix: options.prefix || undefined,
          ...from,
          limit: String(options.limit ?? MAX_LIMIT),
          fields: 'name,size,etag,timeModified',
        },
        signal: options.signal,
      },
      json(ObjectList),
    );
  let page = await ask(options.after ? { startAfter: options.after } : {});
  // The service names what comes next, the port what came last: an empty page has no name to go on from.
  for (let start = ''; page.objects.length === 0 && page.nextStartWith !== undefined; ) {
    if (page.nextStartWith <= start) throw protocolError(what, 'pages that lead back');
    start = page.nextStartWith;
    page = await ask({ start });
  }
  const next = page.nextStartWith === undefined ? undefined : page.objects.at(-1)?.name;
  if (next !== undefined && options.after && compareKeys(next, options.after) <= 0)
    throw protocolError(what, 'pages that lead back');
  return {
    // Others may have put names there that are no keys: they can be neither opened nor removed here.
    objects: page.objects.filter(({ name }) => isKey(name)).map(toObject),
    ...(next !== undefined && { next }),
  };
}

const toObject = (summary: ObjectList['objects'][number]): StoredObject => ({
  key: summary.name,
  sizeBytes: summary.size,
  modifiedAt: summary.timeModified,
  version: summary.etag,
});
