import type { CacheNow } from '../../../src/page/wire.ts';
import { Bytes } from '../parts/bytes.tsx';
import { bytesText, countText, percentText } from '../parts/format.ts';
import { Meter } from '../parts/meter.tsx';
import { Age } from '../parts/time.tsx';

/** How much the cache holds, and how often it had what was asked for. */
export function CacheFigures({ cache }: { readonly cache: CacheNow }) {
  const { refs, objects, repositoryBytes, quotaBytes, hits, misses, sentBytes, since } = cache;
  const asked = hits + misses;
  // Counted by what is pushed, and by who looks after the repository; of nothing the size is known.
  const bytes = repositoryBytes ?? (objects === 0 ? 0 : undefined);
  const uncounted = bytes === undefined ? 'not counted yet, ' : '';
  return (
    <div class="figures">
      <div class="figure">
        <span class="figure-name">On disk</span>
        <span class="figure-value">{bytes === undefined ? '–' : <Bytes value={bytes} />}</span>
        {quotaBytes === undefined ? (
          <span class="figure-note">{uncounted}no quota</span>
        ) : (
          <Meter
            value={bytes ?? 0}
            most={quotaBytes}
            label={`${uncounted}of a quota of ${bytesText(quotaBytes)}`}
          />
        )}
      </div>
      <div class="figure">
        <span class="figure-name">Refs</span>
        <span class="figure-value">{countText(refs)}</span>
        {objects !== undefined && <span class="figure-note">{countText(objects)} objects</span>}
      </div>
      <div class="figure">
        <span class="figure-name">Hits</span>
        <span class="figure-value">{asked === 0 ? '–' : percentText(hits / asked)}</span>
        <span class="figure-note">
          {asked === 0 ? 'nobody asked' : `${countText(hits)} of ${countText(asked)} questions for refs`}
        </span>
      </div>
      <div class="figure">
        <span class="figure-name">Sent</span>
        <span class="figure-value">
          <Bytes value={sentBytes} />
        </span>
        <span class="figure-note">
          since the server started, <Age at={since} />
        </span>
      </div>
    </div>
  );
}
