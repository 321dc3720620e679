import type { Installer } from '../installer.ts';

/**
 * Gems of the system, so that plain `require` finds them. The lock file stays in the image: a later extension adds to what it
 * names, and ends with an error where that would need other versions, since two versions of a gem beside each other are not
 * what a whole build makes.
 */
export const rubyInstaller: Installer = {
  caches: `
export BUNDLE_USER_CACHE="$cache/bundle" BUNDLE_GLOBAL_GEM_CACHE=true
`,
  install: `
need ruby 'which the gems are for'
need bundle 'which installs the Gemfile'
kept=/usr/share/slipway/Gemfile.lock
cp "$file" Gemfile
[ ! -f "$kept" ] || cp "$kept" Gemfile.lock
touch started
export BUNDLE_GEMFILE="$work/Gemfile" BUNDLE_PATH__SYSTEM=true BUNDLE_WITHOUT=development:test
export BUNDLE_SILENCE_ROOT_WARNING=true BUNDLE_FROZEN=false BUNDLE_DEPLOYMENT=false
bundle install
if [ -f "$kept" ]; then
  sed -n '/^    [^ ]/p' "$kept" >before
  sed -n '/^    [^ ]/p' Gemfile.lock >locked
  other=$(awk 'NR == FNR { had[$1] = $2; next } ($1 in had) && had[$1] != $2 { printf "%s ", $1 }' before locked)
  [ -z "$other" ] || fail 75 "the image has other versions of these gems than the requirements need now, build from its own source on: $other"
fi
mkdir -p /usr/share/slipway
cp Gemfile.lock "$kept"
# What was downloaded, and what compilers said.
folder=$(gem env gemdir)
find "$folder/cache" -name '*.gem' -newer started -exec rm -f '{}' + 2>/dev/null || true
find "$folder/extensions" \\( -name gem_make.out -o -name mkmf.log \\) -newer started -exec rm -f '{}' + 2>/dev/null || true
`,
};
