import { ARTIFACT_NOT_FOUND_TEXT } from '../../download/index.ts';
import { createStreamShares } from '../../kernel/index.ts';
import { createServerMetrics } from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { openDownloadRoutes, podFacts } from '../download-routes.ts';
import { type DownloadSettings, readDownloadSettings } from '../download-settings.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';

/** `slipway download server` */
export async function downloadServer(given: CommandContext): Promise<number> {
  const context = await configuredContext(given, 'download');
  const settings = readDownloadSettings(context, { lowestPort: 0 });
  await using kept = await openKeptStores(context);
  return await serve(context, settings, { kept });
}

/** `runner-download server`: only the original's address, and its words for every other one. */
export const runnerDownloadServer = (context: CommandContext): Promise<number> =>
  serve(context, readDownloadSettings(context, { lowestPort: 1 }), { notFoundText: ARTIFACT_NOT_FOUND_TEXT });

const serve = (
  context: CommandContext,
  settings: DownloadSettings,
  { kept, ...words }: { readonly notFoundText?: string; readonly kept?: KeptStores },
): Promise<number> =>
  serveUntilStopped(context, settings, async (opened, logger, stopping) => {
    const metrics = createServerMetrics();
    const shares = createStreamShares({ trustProxy: false });
    const parts = { opened, logger, metrics, stopping, shares, ...(kept !== undefined && { kept }) };
    const { routes, facts } = await openDownloadRoutes(context, settings, parts);
    const announce = () => ({ ...facts, ...podFacts(context) });
    return { routes, metrics, what: 'downloads', announce, ...words };
  });
