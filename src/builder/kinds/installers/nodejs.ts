import type { Installer } from '../installer.ts';
import { MERGE_MODULES, MERGE_MODULES_FILE } from './merge-modules.ts';

/**
 * npm refuses to install into `/`, so it installs into a folder that starts as a copy of the image's `/node_modules`, and the
 * packages that are other or new are moved over. What the image had and nobody replaces stays.
 *
 * A copy of all is made only where something runs that may look at it: thousands of files are copied, compared and removed
 * again otherwise, to add one package. The hidden lock file says that a npm wrote the folder that works with outlines.
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
modules() {
  node "$context/${MERGE_MODULES_FILE}" "$1" "$work/node_modules" /node_modules
}
npm_install() {
  npm install --no-package-lock --omit=dev --install-links --no-progress "$@"
}
merge=merge
if [ -f /node_modules/.package-lock.json ]; then
  modules outline
  npm_install --ignore-scripts
  if modules may-be-outlined; then
    merge=merge-outlined
  else
    rm -rf node_modules
  fi
fi
if [ "$merge" = merge ]; then
  [ ! -d /node_modules ] || cp -a /node_modules/. node_modules
  npm_install
fi
[ -d node_modules ] || return 0
modules "$merge"
`,
  files: () => ({ [MERGE_MODULES_FILE]: MERGE_MODULES }),
};
