import type { ContainerSpec } from '../../engine/index.ts';
import { type PortSpec, parsePort } from '../../pipeline/index.ts';
import { parseImageName, resolveCredentials, resolveImage } from '../../registry/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { readyImage } from '../images.ts';
import { labelsOf } from '../labels.ts';
import { tokenRegistry } from '../prepare-image.ts';
import { portNames, publishedPorts } from '../service.ts';
import { besideName, startBeside } from './beside.ts';
import { type BuiltIn, type BuiltInRun, PASSED, print } from './built-in.ts';
import { credentialFields } from './push-target.ts';
import { findRunImage } from './run-image.ts';
import { type StepValues, stepValues } from './step-values.ts';

/** `internal/docker-run`: a container beside the box, in the same network, until the run ends or docker-kill ends it. */
export const dockerRun: BuiltIn = {
  async run(context, box, run) {
    const values = await stepValues(context, box, run.step);
    const name = values.required('name');
    const image = await findImage(context, values, run);
    const spec = containerSpec(context, box, { values, name, image });
    const { engine } = context;
    const id = await engine.createContainer(spec);
    if (!context.request.noRemove) box.plan.teardown.container(() => engine.removeContainer(id));
    await print(context, `Container is created with container id :  ${id}`);
    await startBeside(context, box, { id, name });
    await print(context, `Container is successfully started name :  ${name}`);
    return PASSED;
  },
};

/** An image that a step of this run built; else one that is fetched like a box's. */
async function findImage(context: RunContext, values: StepValues, run: BuiltInRun): Promise<string> {
  const written = values.required('image');
  const own = await findRunImage(context, written);
  if (own !== undefined) return own;
  const fields = credentialFields(run.step.properties);
  const { expand } = values;
  const onNotice = (text: string): void => context.notice('warning', text);
  const image = withTag(resolveImage(written, fields, { expand, onNotice }));
  const ready = await readyImage(context, image, async () => {
    const options = { image, expand, signal: run.signal, tokenRegistry: tokenRegistry(context) };
    const login = await resolveCredentials(fields, options);
    for (const secret of login?.secrets ?? []) context.redactor.add(secret);
    return login;
  });
  return ready.reference;
}

function withTag(image: string): string {
  const name = parseImageName(image);
  const isWhole = name.ok && (name.value.tag !== undefined || name.value.digest !== undefined);
  return isWhole ? image : `${image}:latest`;
}

interface Wanted {
  readonly values: StepValues;
  readonly name: string;
  readonly image: string;
}

function containerSpec(context: RunContext, box: Box, { values, name, image }: Wanted): ContainerSpec {
  const { request, owner } = context;
  const ports = values.list('ports').map(asPort);
  const command = values.literalWords('cmd');
  const entrypoint = values.literalWords('entrypoint');
  const user = values.text('user');
  const workingDir = values.text('working-dir');
  return {
    name: besideName(context, name),
    image,
    labels: labelsOf({ runId: request.runId, owner, role: 'container', kept: request.noRemove }),
    ...(command === undefined ? {} : { command }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    environment: values.pairs('env').map(([variable, value]) => `${variable}=${value}`),
    exposedPorts: portNames(ports),
    publishedPorts: request.box.exposePorts ? publishedPorts(ports) : [],
    dns: request.box.dns,
    network: { name: box.plan.network.name, aliases: [name] },
  };
}

function asPort(text: string): PortSpec {
  const port = parsePort(text);
  if (port !== undefined) return port;
  const message = `${JSON.stringify(text)} in "ports" is not of the form [ip:][host:]container[/tcp|udp|sctp]`;
  throw new RunError({ reason: 'step-failed', message });
}
