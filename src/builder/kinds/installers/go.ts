import type { Installer } from '../installer.ts';

/**
 * The modules go into the image's module cache, so that actions compile without a network. They are downloaded to the user's
 * own cache first, which is then the proxy that the image's cache is filled from.
 */
export const goInstaller: Installer = {
  // Not for an image's own command: the module cache is where it would install to.
  caches: '',
  // A Go that was told no folder finds none for `nobody`, who has no home: /go is where the official images have it.
  install: `
need go 'which downloads the modules of go.mod'
folder=\${GOMODCACHE:-\${GOPATH:-/go}/pkg/mod}
cp "$file" go.mod
export GOCACHE="$work/build" GOFLAGS=-mod=mod GOTMPDIR="$work"
GOMODCACHE="$cache/go" go mod download
mkdir -p "$folder"
GOMODCACHE="$folder" GOPROXY="file://$cache/go/cache/download" GONOPROXY=none GOSUMDB=off go mod download
# Compiling needs the unpacked modules and what describes them.
find "$folder/cache/download" -name '*.zip' -exec rm -f '{}' +
rm -rf "$folder/cache/lock" "$folder/cache/vcs"
`,
};
