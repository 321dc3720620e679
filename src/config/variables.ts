import { suggest } from '../kernel/index.ts';
import { type ConfigField, FIELDS, type ListedField, SECTIONS } from './fields.ts';

/** `keepFreeBytes` and `pull-url` in capitals, words apart. */
const capitals = (name: string): string =>
  name
    .replaceAll('-', '_')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase();

/** The variable that every field has by its name: `SLIPWAY_RETENTION_KEEP_DAYS`. */
export const variableOf = ({ section, name }: Pick<ListedField, 'section' | 'name'>): string =>
  `SLIPWAY_${capitals(section)}_${capitals(name)}`;

/** All variables of a field, the stronger one first. */
export const variablesOf = (listed: ListedField & { readonly field: ConfigField }): readonly string[] =>
  listed.field.variable === undefined ? [variableOf(listed)] : [listed.field.variable, variableOf(listed)];

/** Variables that hold secrets themselves. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set(
  FIELDS.filter(({ field }) => field.kind === 'secret').flatMap(variablesOf),
);

const KNOWN: ReadonlySet<string> = new Set(FIELDS.flatMap(variablesOf));
const BEGINNINGS = Object.keys(SECTIONS).map((section) => `SLIPWAY_${capitals(section)}_`);

/** Of Slipway, and no fields: what commands read by themselves. */
const OTHERS: ReadonlySet<string> = new Set([
  'SLIPWAY_CONFIG',
  'SLIPWAY_EC2_METADATA_URL',
  'SLIPWAY_IMAGE',
  'SLIPWAY_OCI_ENDPOINT',
  'SLIPWAY_PROGRAM',
  'SLIPWAY_SSH',
  'SLIPWAY_STEP_REGISTRY_TOKEN',
  'SLIPWAY_TRACE',
  'SLIPWAY_WORKER_CONFIG',
]);

/** What Kubernetes tells every container of a service called `slipway-…`. */
const OF_KUBERNETES = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)?$/;
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Whether a variable is none that a person has set: a cluster gives `SLIPWAY_SERVER_PORT=tcp://…` to its containers. */
export const isServiceLink = (name: string, value: string): boolean =>
  OF_KUBERNETES.test(name) && (SERVICE_ADDRESS.test(value) || /_SERVICE_|_PORT_\d+_/.test(name));

/** A variable that looks like one of a field and is none. */
export interface StrangeVariable {
  readonly name: string;
  /** The one that was probably meant. */
  readonly near?: string;
}

/** Variables that were probably meant to configure something, and do nothing. */
export function strangeVariables(environment: NodeJS.ProcessEnv): readonly StrangeVariable[] {
  return Object.entries(environment).flatMap(([name, value = '']) => {
    if (!name.startsWith('SLIPWAY_') || KNOWN.has(name) || OTHERS.has(name)) return [];
    if (isServiceLink(name, value)) return [];
    const near = suggest(name, KNOWN);
    const looksLikeOne = near !== undefined || BEGINNINGS.some((beginning) => name.startsWith(beginning));
    return looksLikeOne ? [{ name, ...(near !== undefined && { near }) }] : [];
  });
}
