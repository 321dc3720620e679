import type { Installer } from '../installer.ts';
import { MERGE_COMPOSER, MERGE_COMPOSER_FILE } from './merge-composer.ts';

/**
 * A project of its own in `COMPOSER_HOME`, with the versions that the file asks for. What an earlier extension put there is
 * kept: its requirements stay and its lock file says which versions are there already.
 */
export const phpInstaller: Installer = {
  caches: `
export COMPOSER_CACHE_DIR="$cache/composer"
`,
  trust: `
export COMPOSER_CAFILE="$trusted"
`,
  install: `
need php 'which runs composer'
need composer 'which installs composer.json'
export COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1 COMPOSER_NO_AUDIT=1 TMPDIR="$work"
home=\${COMPOSER_HOME:-/app/.composer}
mkdir -p "$home"
php "$context/${MERGE_COMPOSER_FILE}" "$file" "$home" >names
export COMPOSER_HOME="$home"
cd "$home"
options='--no-dev --no-progress --optimize-autoloader'
# shellcheck disable=SC2046,SC2086 # lists of words: options, and names that slipway-merge.php looked at
if [ ! -f composer.lock ]; then
  composer update $options
elif [ -s "$work/names" ]; then
  composer update $options --with-dependencies $(cat "$work/names")
else
  composer install $options
fi
`,
  files: () => ({ [MERGE_COMPOSER_FILE]: MERGE_COMPOSER }),
};
