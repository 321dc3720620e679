import { INSTALLERS } from './installers/index.ts';
import type { Kind } from './kind.ts';

/** Only Slipway's builds have it: what an engine keeps of them is told by it. */
export const BUILD_FOLDER = '/dev/slipway/';
/** Where the build sees its context, read-only. */
export const CONTEXT_FOLDER = `${BUILD_FOLDER}context`;
/** Where the build sees what package managers keep from one build of a user and kind to the next. */
export const CACHE_FOLDER = `${BUILD_FOLDER}cache`;
/** Where a build without a network finds the socket that leads to the server. */
export const REACH_SOCKET = `${BUILD_FOLDER}reach.sock`;
/** The script's name in the context. */
export const SCRIPT_FILE = 'slipway-extend.sh';
/** Nothing else listens in a build's container. */
const REACH_PORT = 3128;
/** The certificates' name in the context. */
export const CA_FILE = 'slipway-ca.pem';

/**
 * The script that extends an image, for `/bin/sh` of any kind. All that it sets is gone with it; all that it makes beside what
 * was asked for is in `$work` or in the cache.
 *
 * Exit codes: those of the tool that failed, and 69 where the image lacks the tools.
 */
export function extensionScript({ name, requirementFile }: Kind): string {
  const { caches, trust = '', install } = INSTALLERS[name];
  return `# Written by Slipway: installs /tmp/${requirementFile} into the image that this runs in, as root.
set -eu
umask 022
file=/tmp/${requirementFile}
context=${CONTEXT_FOLDER}
cache=${CACHE_FOLDER}
work=/.slipway-work
${COMMON}
trust_tools() {
  :
${indented(trust)}
}
use_caches() {
  :
${indented(caches)}
}
install_requirements() {
${indented(install)}
}
${MAIN}`;
}

const indented = (text: string): string => text.trim().replaceAll(/^(?=.)/gm, '  ');

// The time that tools write into what they generate, so that two builds generate the same: 1980 began then, and no zip is older.
const COMMON = `export SOURCE_DATE_EPOCH=315532800

say() {
  printf 'slipway: %s\\n' "$*"
}

# Ends the build with a sentence; the first argument is the exit code.
fail() {
  code=$1
  shift
  say "$*" >&2
  exit "$code"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

# need PROGRAM PURPOSE
need() {
  has "$1" || fail 69 "this image has no $1, $2: extend one that has it, or one that brings its own /bin/extend"
}

# The certificates that the image trusts already, on the first of the usual places.
image_certificates() {
  for place in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /etc/ssl/ca-bundle.pem; do
    if [ -s "$place" ]; then
      cat "$place"
      echo
      return
    fi
  done
}

# Most tools take one file in the place of their own, so it has both. In /dev, which no layer has.
trust_certificates() {
  [ -f "$context/${CA_FILE}" ] || return 0
  extra=$context/${CA_FILE}
  trusted=/dev/slipway/trusted.pem
  { image_certificates; cat "$extra"; } >"$trusted"
  export NODE_EXTRA_CA_CERTS="$extra" SSL_CERT_FILE="$trusted" CURL_CA_BUNDLE="$trusted" GIT_SSL_CAINFO="$trusted"
  trust_tools
}

# Where the server lets builds reach something though they have no network: the first language that the image has passes
# connections on to it. Ends with the build's container.
reach_out() {
  [ -S ${REACH_SOCKET} ] || return 0
  for runner in perl:pl python3:py python:py node:cjs ruby:rb; do
    ! has "\${runner%:*}" || break
    runner=
  done
  if [ -z "$runner" ]; then
    say 'this image has no perl, python, node or ruby, one of which takes a build to its package sources: it reaches nothing'
    return 0
  fi
  ready=${BUILD_FOLDER}reach.ready
  "\${runner%:*}" "$context/slipway-forward.\${runner#*:}" ${REACH_PORT} ${REACH_SOCKET} "$ready" </dev/null >/dev/null &
  forwarder=$!
  until [ -e "$ready" ]; do
    kill -0 "$forwarder" 2>/dev/null || fail 69 "what takes the build to its package sources does not run in this image (\${runner%:*})"
    sleep 0.05 2>/dev/null || sleep 1
  done
  export http_proxy=http://127.0.0.1:${REACH_PORT} no_proxy=localhost,127.0.0.1
  export https_proxy="$http_proxy" all_proxy="$http_proxy" HTTP_PROXY="$http_proxy" HTTPS_PROXY="$http_proxy"
  export ALL_PROXY="$http_proxy" NO_PROXY="$no_proxy"
  java_proxy='-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=${REACH_PORT} -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=${REACH_PORT}'
  export MAVEN_OPTS="\${MAVEN_OPTS:-} $java_proxy -Daether.connector.http.useSystemProperties=true"
}
`;

const MAIN = `
trust_certificates
reach_out
use_caches
if [ -x /bin/extend ]; then
  say "extending the image with its own /bin/extend"
  exec /bin/extend
fi
[ ! -e /bin/extend ] || say "/bin/extend is not executable and left alone"
if ! grep -q '[^[:space:]]' "$file"; then
  say "$file is empty: nothing to install"
  exit 0
fi
[ ! -e "$work" ] || fail 73 "$work is in the image already: it is the folder that requirements are installed in, remove it from the image"
trap 'rm -rf "$work"' EXIT
mkdir "$work"
cd "$work"
install_requirements
cd /
`;
