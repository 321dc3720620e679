import type { WorkerConfiguration } from './schema.ts';

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function mergeTwo(weak: Tree, strong: Tree): Tree {
  const merged: Record<string, unknown> = { ...weak };
  for (const [key, value] of Object.entries(strong)) {
    if (value === undefined) continue;
    const before = merged[key];
    merged[key] = isTree(before) && isTree(value) ? mergeTwo(before, value) : value;
  }
  return merged;
}

/** Layers key by key, the strongest first; lists and texts are taken whole. */
export function mergeConfigurations(...layers: readonly WorkerConfiguration[]): WorkerConfiguration {
  // Each layer passed the schema, and every key keeps the type that it has there.
  return layers.toReversed().reduce<Tree>(mergeTwo, {}) as WorkerConfiguration;
}
