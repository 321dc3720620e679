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
sed -n '/^    [^ ]/p' Gemfile.lock | sort >locked
if [ -f "$kept" ]; then
  sed -n '/^    [^ ]/p' "$kept" | sort >before
  [ -z "$(comm -23 before locked)" ] || fail 75 'these requirements need other versions of gems that the image has: build it from its source on'
fi
mkdir -p /usr/share/slipway
cp Gemfile.lock "$kept"
# What was downloaded, and what compilers said.
folder=$(gem env gemdir)
find "$folder/cache" -name '*.gem' -newer started -exec rm -f '{}' + 2>/dev/null || true
find "$folder/extensions" \\( -name gem_make.out -o -name mkmf.log \\) -newer started -exec rm -f '{}' + 2>/dev/null || true
`,
};
