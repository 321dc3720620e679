import type { Database } from '../../database/index.ts';
import type { LogStore } from '../../logs/index.ts';
import type { RegistryClient } from '../../registry/index.ts';
import type { ObjectStore } from '../../store/index.ts';
import type { BuildBackend } from '../backend.ts';
import type { UserLimits } from '../builder.ts';
import type { Destination } from '../destination.ts';
import type { AttestBuild, BuilderEvents, Recipe } from './parts.ts';

export interface BuilderOptions {
  /** Opened with `AUTH_MIGRATIONS` and `BUILDER_MIGRATIONS` among its migrations; the builder does not close it. */
  readonly database: Database;
  /** Where the output of builds goes, as `builds/<id>`; it stays open. Servers that share the database share it too. */
  readonly logs: LogStore;
  /** Closed with the builder. */
  readonly backend: BuildBackend;
  readonly recipe: Recipe;
  /** A client of a user's registry; disposed after each use. */
  readonly registryClientFor: (destination: Destination) => RegistryClient;
  /** Absent: no report is made and nothing attached. */
  readonly attest?: AttestBuild;
  /** Where records of runs are kept, so that builds are listed among them. Absent: they are not. */
  readonly runs?: ObjectStore;
  /** What nobody may read in a log, beside a user's own registry credentials. */
  readonly secrets?: Iterable<string>;
  readonly limits?: Partial<UserLimits>;
  /** How many builds this server runs at the same time; none where it only answers. @defaultValue 2 */
  readonly slots?: number;
  /** How long one attempt may take. @defaultValue 30 minutes */
  readonly timeLimitMs?: number;
  /** How long it may print nothing while it installs. @defaultValue 10 minutes */
  readonly idleLimitMs?: number;
  /** How long what is read of an image, and attached to it, may take. @defaultValue 2 minutes */
  readonly attestLimitMs?: number;
  /** How large a log may become; of one that is larger the beginning and the end are kept. @defaultValue 16 MiB */
  readonly logLimitBytes?: number;
  /** How long a build holds of which nothing is heard. @defaultValue 30 seconds */
  readonly leaseMs?: number;
  /** What a build that was told to end may take for it. @defaultValue 30 seconds */
  readonly graceMs?: number;
  /** How often a build is begun whose server was lost. @defaultValue 2 */
  readonly maxAttempts?: number;
  /** How long records and logs stay after the end of a build. @defaultValue 30 days */
  readonly keepMs?: number;
  /** How many builds of a user are remembered that have ended. @defaultValue 1000 */
  readonly keepPerUser?: number;
  /** Milliseconds since the epoch. Absent: the clock, and with PostgreSQL the database's. */
  readonly now?: () => number;
  /** The longest pause between two looks for what is over. @defaultValue 10 seconds */
  readonly sweepEveryMs?: number;
  readonly events?: BuilderEvents;
  /** Told of trouble beside the builds: it ends none of them. */
  readonly onError?: (error: unknown) => void;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The options with what was left out. */
export type BuilderSettings = ReturnType<typeof withDefaults>;

const DEFAULTS = {
  slots: 2,
  timeLimitMs: 30 * MINUTE_MS,
  idleLimitMs: 10 * MINUTE_MS,
  attestLimitMs: 2 * MINUTE_MS,
  logLimitBytes: 16 * 1024 ** 2,
  leaseMs: 30_000, // three missed renewals
  graceMs: 30_000,
  maxAttempts: 2,
  keepMs: 30 * DAY_MS,
  keepPerUser: 1000,
  sweepEveryMs: 10_000,
} as const;

const LIMITS: UserLimits = { maxQueued: 100, maxRunning: 2 };

/** Fills in what is the same for most. */
export function withDefaults(options: BuilderOptions) {
  const { events = {}, onError = () => {}, secrets = [], limits = {} } = options;
  const numbers: Record<keyof typeof DEFAULTS, number> = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    numbers[name] = options[name] ?? DEFAULTS[name];
  }
  return { ...options, ...numbers, events, onError, secrets: [...secrets], limits: { ...LIMITS, ...limits } };
}
