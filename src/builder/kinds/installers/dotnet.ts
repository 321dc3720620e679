import type { Installer } from '../installer.ts';
import { PROJECT_FILE, projectFile } from './dotnet-project.ts';

/** Today's `dotnet` knows no `project.json`: it restores a project that Slipway writes from it. */
export const dotnetInstaller: Installer = {
  caches: `
export NUGET_HTTP_CACHE_PATH="$cache/nuget"
`,
  install: `
need dotnet 'which restores what project.json depends on'
[ -n "$(dotnet --list-sdks)" ] || fail 69 'this image has a .NET runtime without an SDK, which restores packages: extend one with an SDK'
[ -f "$context/${PROJECT_FILE}" ] || fail 65 "$file is no JSON object with dependencies"
folder=\${NUGET_PACKAGES:-/app/.nuget/packages}
cp "$context/${PROJECT_FILE}" .
export DOTNET_CLI_HOME="$work" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 NUGET_SCRATCH="$work/scratch"
version=$(dotnet --version)
dotnet restore ${PROJECT_FILE} --packages "$folder" "-p:SlipwayFramework=net\${version%%.*}.0"
`,
  files: projectFile,
};
