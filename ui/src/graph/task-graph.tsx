import { useMemo } from 'preact/hooks';
import { toneOf } from '../parts/state-badge.tsx';
import './graph.css';
import { type GraphLayout, layeredLayout, type PlacedNode } from './layered-layout.ts';

/** A task in a graph. */
export interface GraphTask {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly href: string;
  readonly dependsOn: readonly string[];
}

const WIDTH = 190;
const HEIGHT = 42;
const GAP_X = 56;
const GAP_Y = 14;
const MARGIN = 16;
const TEXT_X = 20;
const TEXT_WIDTH = WIDTH - TEXT_X - 8;
/** Of letters as they come; what is wider is cut by its frame. */
const MAX_LETTERS = 20;

const x = ({ column }: PlacedNode): number => MARGIN + column * (WIDTH + GAP_X);
const y = ({ row }: PlacedNode): number => MARGIN + row * (HEIGHT + GAP_Y);

/** What waits for what, from the left to the right. */
export function TaskGraph({ tasks }: { readonly tasks: readonly GraphTask[] }) {
  // States change all the time, and what waits for what hardly ever.
  const shape = tasks.map(({ id, dependsOn }) => `${id}:${dependsOn.join()}`).join(' ');
  const layout = useMemo(() => layeredLayout(tasks), [shape]);
  const places = useMemo(() => new Map(layout.nodes.map((node) => [node.id, node])), [layout]);
  const width = 2 * MARGIN + layout.columns * (WIDTH + GAP_X) - GAP_X;
  const height = 2 * MARGIN + layout.rows * (HEIGHT + GAP_Y) - GAP_Y;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls what has the focus
    <section class="graph" tabIndex={0} aria-label="Dependency graph">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no fieldset */}
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label="Tasks">
        <Edges layout={layout} places={places} />
        {layout.nodes.map((place) => {
          const task = byId.get(place.id);
          return task && <Node key={task.id} task={task} place={place} />;
        })}
      </svg>
    </section>
  );
}

function Edges({
  layout,
  places,
}: {
  readonly layout: GraphLayout;
  readonly places: ReadonlyMap<string, PlacedNode>;
}) {
  const paths = layout.edges.flatMap(({ from, to }) => {
    const [a, b] = [places.get(from), places.get(to)];
    return a === undefined || b === undefined ? [] : [pathBetween(a, b)];
  });
  // One path for all: hundreds of elements would be drawn one by one.
  return <path class="graph-edges" d={paths.join('')} />;
}

function pathBetween(from: PlacedNode, to: PlacedNode): string {
  const [startX, startY] = [x(from) + WIDTH, y(from) + HEIGHT / 2];
  const [endX, endY] = [x(to), y(to) + HEIGHT / 2];
  const bend = GAP_X * 0.6;
  return `M${startX} ${startY}C${startX + bend} ${startY} ${endX - bend} ${endY} ${endX} ${endY}`;
}

function shortName(name: string): string {
  const letters = [...name];
  return letters.length > MAX_LETTERS ? `${letters.slice(0, MAX_LETTERS - 1).join('')}…` : name;
}

function Node({ task, place }: { readonly task: GraphTask; readonly place: PlacedNode }) {
  const { name, state, href } = task;
  return (
    <a href={href} class={`graph-node node-${toneOf(state)}`}>
      <rect x={x(place)} y={y(place)} width={WIDTH} height={HEIGHT} rx={7}>
        <title>{name}</title>
      </rect>
      <rect class="graph-tone" x={x(place) + 7} y={y(place) + 9} width={4} height={HEIGHT - 18} rx={2} />
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: a frame around the words of the link, not a picture */}
      <svg x={x(place) + TEXT_X} y={y(place)} width={TEXT_WIDTH} height={HEIGHT}>
        <text y={18}>{shortName(name)}</text>
      </svg>
      <text class="graph-state" x={x(place) + TEXT_X} y={y(place) + 33}>
        {state}
      </text>
    </a>
  );
}
