import { type BoxSpec, interpolate, type Plan } from '../../pipeline/index.ts';
import type { RunContext } from '../context.ts';
import type { Lookup } from '../images.ts';

/** The folders of the box that are mounted: what is in them belongs to no state. */
export function mountedFolders({ request }: RunContext, plan: Plan, lookup: Lookup): string[] {
  const { directMount, enableVolumes } = request.box;
  const volumes = ({ volumes: declared }: BoxSpec): string[] =>
    declared.map(({ guest }) => interpolate(guest, lookup));
  return [
    ...(directMount ? [plan.basePath, '/pipeline/cache'] : []),
    ...(enableVolumes ? volumes(plan.box) : []),
  ];
}
