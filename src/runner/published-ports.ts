import type { BoxSpec, Plan, PortSpec } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';

/** The ports of the box that are published: those that were asked for by hand, or else its own. */
export function boxPortsOf({ request }: RunContext, spec: BoxSpec): readonly PortSpec[] {
  const { publish, exposePorts } = request.box;
  return publish.length > 0 ? publish : exposePorts ? spec.ports : [];
}

const ANY_ADDRESS = ['0.0.0.0', '::', '[::]'];

function placeOf({ hostAddress, hostPort, protocol }: PortSpec): string {
  const isAny = hostAddress === undefined || ANY_ADDRESS.includes(hostAddress);
  const place = `${isAny ? 'localhost' : hostAddress}:${hostPort}`;
  return protocol === 'tcp' ? `http://${place}` : `${place}/${protocol}`;
}

/** Says which port of the engine's host leads to which port of box and services. */
export function tellPorts(context: RunContext, { box, services }: Plan): void {
  const published = [
    ...boxPortsOf(context, box).map((port) => ({ of: 'the box', port })),
    ...(context.request.box.exposePorts ? services : []).flatMap((spec) =>
      spec.ports.map((port) => ({ of: spec.name ?? spec.id, port })),
    ),
  ];
  for (const { of, port } of published) {
    context.notice('info', `Port ${port.containerPort} of ${of} is at ${placeOf(port)}`);
  }
}
