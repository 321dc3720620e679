import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Follower, follow } from './follow-stream.ts';
import { type ContentFacts, type IndexOptions, readTarFacts, type TarFacts } from './tar-index.ts';

export interface GatherOptions extends IndexOptions {
  readonly format: 'tar' | 'other';
  /** Also the SHA-256 of the whole, for a store that is to be told. @defaultValue false */
  readonly digest?: boolean;
}

/** Learns what is to be known of a content while it goes somewhere. */
export interface Gathering {
  /** The same content. Iterate it once. */
  pass(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
  /** To be asked when the content has come to its end. Throws `ArtifactError` where it is no sound tar. */
  facts(): Promise<ContentFacts>;
  /** Why the content was ended, where it was for being no sound tar. */
  failure(): unknown;
}

const NOTHING: Follower<undefined> = {
  pass: async function* pass(stream) {
    yield* stream;
  },
  result: Promise.resolve(undefined),
  failure: () => undefined,
};

export function gatherFacts({ format, digest, ...options }: GatherOptions): Gathering {
  const follower: Follower<TarFacts | undefined> =
    format === 'tar' ? follow((chunks) => readTarFacts(chunks, options)) : NOTHING;
  const whole = digest ? createHash('sha256') : undefined;
  let sizeBytes = 0;
  let sum = 0;
  return {
    async *pass(stream) {
      for await (const chunk of follower.pass(stream)) {
        sizeBytes += chunk.length;
        whole?.update(chunk);
        if (format !== 'tar') sum = crc32(chunk, sum);
        yield chunk;
      }
    },
    async facts() {
      const sha256 = whole === undefined ? {} : { sha256: whole.digest('hex') };
      const tar = await follower.result;
      if (tar === undefined) return { sizeBytes, crc32: sum, ...sha256 };
      const { entries } = tar;
      const index = entries === undefined ? { entriesOmitted: true as const } : { entries };
      return { sizeBytes, crc32: tar.crc32, ...sha256, ...index };
    },
    failure: follower.failure,
  };
}
