// Opens a builder whose builds do not end, starts one, and says its id as soon as it goes on: build-until-killed.ts LOCATION (as JSON)
import { AUTH_MIGRATIONS } from '../../../auth/index.ts';
import { openDatabase } from '../../../database/index.ts';
import { LOG_MIGRATIONS, openDatabaseLogs } from '../../../logs/index.ts';
import { BUILDER_MIGRATIONS, openBuilder } from '../../index.ts';
import { createFakeBackend, untilAborted } from '../fake-backend.ts';
import { createFakeRegistry } from '../fake-registry.ts';
import { LINES } from '../lines-recipe.ts';

const location = JSON.parse(process.argv[2] ?? '');
const database = await openDatabase({
  location,
  migrations: [...AUTH_MIGRATIONS, ...BUILDER_MIGRATIONS, ...LOG_MIGRATIONS],
});
const logs = openDatabaseLogs({ database, gatherMs: 1 });
const registry = createFakeRegistry();
const backend = createFakeBackend({
  registry,
  async build({ id }, progress, signal) {
    await progress.write('the first server builds\n');
    const kept = logs.read(`builds/${id}`, { follow: true, awaited: true, signal });
    for await (const piece of kept) if (Buffer.from(piece).includes('first server')) break;
    process.stdout.write(`${id}\n`);
    return await untilAborted(signal);
  },
});
const builder = await openBuilder({
  database,
  logs,
  backend,
  recipe: LINES,
  registryClientFor: () => registry.client(),
  leaseMs: 60_000,
});
const user = { login: 'alice', environment: {}, sources: 'all' } as const;
await builder.start(user, {
  user: 'alice',
  source: 'runtime:1',
  target: { repository: 'alice', tag: 'web' },
  kind: 'nodejs',
  file: 'a\n',
});
