import { isAbsolute, join, resolve } from 'node:path';

export interface ConfigPlace {
  readonly path: string;
  /** A file that somebody named has to be there. */
  readonly isNamed: boolean;
}

/**
 * Where the configuration file is: `SLIPWAY_CONFIG`, else `slipway/config.yaml` in `XDG_CONFIG_HOME`, else in `~/.config`.
 * Relative variables of XDG do not count, as its specification says.
 */
export function configPlace(
  environment: NodeJS.ProcessEnv,
  folders: { readonly current: string; readonly home: string },
): ConfigPlace {
  const named = environment['SLIPWAY_CONFIG'];
  if (named) return { path: resolve(folders.current, named), isNamed: true };
  const shared = environment['XDG_CONFIG_HOME'];
  const folder = shared && isAbsolute(shared) ? shared : join(folders.home, '.config');
  return { path: join(folder, 'slipway/config.yaml'), isNamed: false };
}
