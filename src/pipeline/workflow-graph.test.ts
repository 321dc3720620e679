import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cyclesOf, dependentsOf, type GraphNode, rootsOf } from './workflow-graph.ts';

const node = (name: string, ...requires: string[]): GraphNode => ({ name, requires });

/** Any graph over a few names: cycles, loops and several roots included. */
const graphs = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc
      .array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size })
      .map((requires) => requires.map((list, i) => node(`p${i}`, ...new Set(list.map((at) => `p${at}`))))),
  );

/** Whether an order exists, found by taking away what needs nothing any more. */
function hasOrder(nodes: readonly GraphNode[]): boolean {
  const left = new Map(nodes.map(({ name, requires }) => [name, requires]));
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const [name, requires] of [...left])
      if (requires.every((required) => !left.has(required))) left.delete(name);
  }
  return left.size === 0;
}

describe('the graph of a workflow', () => {
  it('has as roots what requires nothing, in the order of the file', () => {
    expect(rootsOf([node('b', 'a'), node('c'), node('a')])).toEqual(['c', 'a']);
  });

  it('knows what comes after each pipeline', () => {
    expect([...dependentsOf([node('a'), node('b', 'a'), node('c', 'b', 'a')])]).toEqual([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', []],
    ]);
  });
});

describe('cycles', () => {
  it('are written along what comes after what', () => {
    expect(cyclesOf([node('root'), node('A', 'root', 'C'), node('B', 'A'), node('C', 'B')])).toEqual([
      ['A', 'B', 'C', 'A'],
    ]);
  });

  it('are found where no root leads, and where a pipeline requires itself', () => {
    expect(cyclesOf([node('root'), node('A', 'B'), node('B', 'A'), node('own', 'root', 'own')])).toEqual([
      ['own', 'own'],
      ['A', 'B', 'A'],
    ]);
  });

  it('are found exactly where there is no order, and each is one', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const cycles = cyclesOf(nodes);
        expect(cycles.length === 0).toBe(hasOrder(nodes));
        const requires = new Map(nodes.map((each) => [each.name, each.requires]));
        for (const cycle of cycles) {
          expect(cycle.at(0)).toBe(cycle.at(-1));
          expect(new Set(cycle).size).toBe(cycle.length - 1);
          for (const [i, name] of cycle.slice(1).entries()) expect(requires.get(name)).toContain(cycle[i]);
        }
      }),
    );
  });

  it('leave an order behind when the last requirement of each is taken away', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const opened = cyclesOf(nodes).map((cycle) => [cycle.at(-1), cycle.at(-2)]);
        const rest = nodes.map(({ name, requires }) =>
          node(name, ...requires.filter((r) => !opened.some(([to, from]) => to === name && from === r))),
        );
        expect(hasOrder(rest)).toBe(true);
      }),
    );
  });

  it('of a chain longer than any stack are found', () => {
    const length = 50_000;
    const chain = Array.from({ length }, (_, i) => node(`p${i}`, `p${(i + length - 1) % length}`));
    expect(cyclesOf(chain)[0]).toHaveLength(length + 1);
  });
});
