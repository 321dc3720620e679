import { parseObject, stringEntries } from '../json-text.ts';

/** The project's name in the context. */
export const PROJECT_FILE = 'slipway.csproj';

/** By name, the project that asks for the same packages as a `project.json`; nothing where that cannot be read. */
export function projectFile(text: string): Readonly<Record<string, string>> {
  const project = parseObject(text);
  if (project === undefined) return {};
  const references = stringEntries(project.get('dependencies'), versionOf).map(
    ([name, version]) =>
      `    <PackageReference Include="${attribute(name)}" Version="${attribute(version)}" />`,
  );
  const content = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>${frameworkOf(project)}</TargetFramework>
  </PropertyGroup>
  <ItemGroup>
${references.join('\n')}
  </ItemGroup>
</Project>
`;
  return { [PROJECT_FILE]: content };
}

/** A version alone, or in an object with more about the package. */
function versionOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('version' in value)) return undefined;
  return typeof value.version === 'string' ? value.version : undefined;
}

/** The first that the file names and that there still is; otherwise the SDK's own, which the script knows. */
function frameworkOf(project: ReadonlyMap<string, unknown>): string {
  const frameworks = project.get('frameworks');
  const names = typeof frameworks === 'object' && frameworks !== null ? Object.keys(frameworks) : [];
  return names.find((name) => /^net(?:standard|coreapp)?\d{1,2}\.\d$/.test(name)) ?? '$(SlipwayFramework)';
}

// MSBuild expands what stands between `$(`, `@(` or `%(` and `)`, and `%3B`, `;`, `*` mean something to it.
const attribute = (text: string): string =>
  text
    .replaceAll(/[%$@;*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
