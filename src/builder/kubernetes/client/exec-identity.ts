import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Identity, IdentitySource } from './access.ts';
import { KubernetesError } from './error.ts';
import { ExecCredential, type ExecPlugin } from './kubeconfig-schema.ts';

const run = promisify(execFile);

/** A plugin may ask a cloud, and that another service; a person who has to log in cannot do it here. */
const PLUGIN_LIMIT_MS = 60_000;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
/** A token is not used in its last seconds: the call takes some of them. */
const MARGIN_MS = 10_000;

/** Who a program says that we are; it is run again when that has run out or was refused. */
export function execIdentity(
  plugin: ExecPlugin,
  { folder, now }: { readonly folder: string; readonly now: () => number },
): IdentitySource {
  let known: Promise<Known> | undefined;
  return {
    async current() {
      const last = await known?.catch(() => undefined);
      if (last === undefined || last.expiresAt - MARGIN_MS <= now()) known = runPlugin(plugin, folder);
      // Whoever asks meanwhile waits for the same run.
      return (await (known ?? runPlugin(plugin, folder))).identity;
    },
    refused() {
      known = undefined;
    },
  };
}

interface Known {
  readonly identity: Identity;
  readonly expiresAt: number;
}

async function runPlugin(plugin: ExecPlugin, folder: string): Promise<Known> {
  const { apiVersion, command, args, env } = plugin;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const environment = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const program = command.includes('/') ? resolve(folder, command) : command;
  try {
    const { stdout } = await run(program, [...(args ?? [])], {
      env: { ...process.env, ...environment, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: PLUGIN_LIMIT_MS,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
    return knownFrom(ExecCredential.parse(JSON.parse(stdout)));
  } catch (cause) {
    // What it printed may be a token, so only the program is named.
    const message = `${command}, the kubeconfig's program for credentials, gave none: run it by hand to see why`;
    throw new KubernetesError('INVALID_CONFIG', message, { cause: withoutOutput(cause) });
  }
}

function knownFrom({ status }: ExecCredential): Known {
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = status;
  return {
    identity: {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
    expiresAt: expirationTimestamp === undefined ? Number.POSITIVE_INFINITY : Date.parse(expirationTimestamp),
  };
}

const withoutOutput = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause ? `it ended with ${String(cause.code)}` : undefined;
