import type { Installer } from '../installer.ts';
import { MERGE_MODULES, MERGE_MODULES_FILE } from './merge-modules.ts';

/**
 * npm refuses to install into `/`, so it installs into a folder that starts as a copy of the image's `/node_modules`, and the
 * packages that are other or new are moved over. What the image had and nobody replaces stays.
 */
export const nodejsInstaller: Installer = {
  // What npm has compiled would stay in /tmp otherwise.
  caches: `
export NODE_COMPILE_CACHE="$cache/node"
export npm_config_cache="$cache/npm" npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false
`,
  // `install-links`: a package from a folder of the image is copied; a link would lead out of the folder that goes away.
  install: `
need node 'which runs npm'
export TMPDIR="$work"
need npm 'which installs package.json'
cp "$file" package.json
[ ! -d /node_modules ] || cp -a /node_modules/. node_modules
npm install --no-package-lock --omit=dev --install-links --no-progress
[ -d node_modules ] || return 0
node "$context/${MERGE_MODULES_FILE}" "$work/node_modules" /node_modules
`,
  files: () => ({ [MERGE_MODULES_FILE]: MERGE_MODULES }),
};
