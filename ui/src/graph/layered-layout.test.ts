import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GraphNode, layeredLayout } from './layered-layout.ts';

const node = (id: string, ...dependsOn: string[]): GraphNode => ({ id, dependsOn });

/** Graphs without circles: each node waits for some of those before it. */
const graphs = fc
  .array(fc.array(fc.nat(200), { maxLength: 4 }), { maxLength: 60 })
  .map((all) =>
    all.map((some, at) => node(`${at}`, ...(at === 0 ? [] : some.map((each) => `${each % at}`)))),
  );

describe('a graph in columns', () => {
  it('has every node once, behind all that it waits for, and no two in one place', () => {
    fc.assert(
      fc.property(graphs, (nodes) => {
        const layout = layeredLayout(nodes);
        const places = new Map(layout.nodes.map((each) => [each.id, each]));
        expect([...places.keys()].sort()).toEqual(nodes.map(({ id }) => id).sort());
        for (const { id, dependsOn } of nodes) {
          for (const other of dependsOn) {
            expect(places.get(other)?.column).toBeLessThan(places.get(id)?.column ?? -1);
          }
        }
        const taken = layout.nodes.map(({ column, row }) => `${column} ${row}`);
        expect(new Set(taken).size).toBe(nodes.length);
      }),
    );
  });

  it('puts what belongs together side by side', () => {
    const { nodes } = layeredLayout([node('a'), node('b'), node('b2', 'b'), node('a2', 'a')]);
    const rowOf = (id: string) => nodes.find((each) => each.id === id)?.row;
    expect(rowOf('a2')).toBe(rowOf('a'));
    expect(rowOf('b2')).toBe(rowOf('b'));
  });

  it('leaves out what is elsewhere, what waits for itself, and what is named twice', () => {
    expect(layeredLayout([node('a', 'a', 'elsewhere'), node('b', 'a', 'a')]).edges).toEqual([
      { from: 'a', to: 'b' },
    ]);
  });

  it('draws no line that follows from others, and loses no way', () => {
    const waits = layeredLayout([node('a'), node('b', 'a'), node('c', 'b', 'a'), node('d', 'a', 'c')]);
    expect(waits.edges).toEqual([
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'd' },
    ]);
    fc.assert(
      fc.property(graphs, (nodes) => {
        const { edges } = layeredLayout(nodes);
        const next = Map.groupBy(edges, ({ from }) => from);
        for (const { id, dependsOn } of nodes) {
          for (const start of dependsOn) {
            const reached = new Set([start]);
            for (const at of reached) for (const { to } of next.get(at) ?? []) reached.add(to);
            expect(reached).toContain(id);
          }
        }
      }),
    );
  });

  it('ends also where nodes wait for each other, and where a chain is long', () => {
    expect(layeredLayout([node('a', 'b'), node('b', 'a')]).nodes).toHaveLength(2);
    const chain = Array.from({ length: 20_000 }, (_, at) => node(`${at}`, `${at - 1}`));
    expect(layeredLayout(chain.toReversed()).columns).toBe(20_000);
  });
});
