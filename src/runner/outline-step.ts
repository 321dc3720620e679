import { internalManifest, type PlannedStep } from '../pipeline/index.ts';
import type { OutlinedStep, OutlinedValue } from './outline.ts';

export function outlineStep(step: PlannedStep): OutlinedStep {
  const { displayName, owner, name, version, cwd, checkpoint } = step;
  return {
    displayName,
    owner,
    name,
    version,
    ...originOf(step),
    ...(cwd === undefined ? {} : { cwd }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    properties: outlineProperties(step),
    environment: step.environment.map((each) => ({ ...each, value: each.secret ? '' : each.value })),
  };
}

function originOf({ source }: PlannedStep): Pick<OutlinedStep, 'origin' | 'from' | 'code'> {
  switch (source.kind) {
    case 'script':
      return { origin: 'script', code: source.code };
    case 'internal':
      return { origin: 'built-in' };
    case 'folder':
      return { origin: 'folder', from: source.path };
    case 'tarball':
      return { origin: 'url', from: source.url.replace(/[?#].*$/, '').replace(/\/\/[^/@]*@/, '//') };
    case 'registry':
      return { origin: 'registry', from: source.version };
  }
}

/** What a built-in step is given; the others are given the same as variables. */
function outlineProperties(step: PlannedStep): OutlinedValue[] {
  if (step.source.kind !== 'internal') return [];
  const known = internalManifest(`${step.owner}/${step.name}`)?.properties ?? [];
  return [...step.properties].map(([name, value]) => {
    const secret = known.some((property) => property.name === name && property.secret);
    return { name, value: secret ? '' : value, secret };
  });
}
