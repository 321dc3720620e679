/** Where BuildKit says what it made. */
export const METADATA_FILE = '/tmp/slipway-metadata.json';

/**
 * What the builder's container runs: BuildKit with the arguments that follow, and then the digest, as the container's last
 * word. Nothing of a build is in this text. A shell as the first process ignores SIGTERM unless told, hence the trap.
 */
export const BUILD_SCRIPT = `set -eu
buildctl-daemonless.sh "$@" &
trap 'exit 143' TERM INT
wait "$!"
grep -o '"containerimage.digest": *"sha256:[0-9a-f]*"' ${METADATA_FILE} > /dev/termination-log
`;
