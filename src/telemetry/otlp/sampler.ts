import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { TelemetrySettings } from '../settings.ts';

const PARENT_BASED = 'parentbased_';

/** The sampler that is named; `parentbased_always_on`, and said, for a name or an argument that is none. */
export function samplerOf(
  { sampler, samplerArgument }: Pick<TelemetrySettings, 'sampler' | 'samplerArgument'>,
  onTrouble: (message: string) => void,
): Sampler {
  const name = sampler.toLowerCase();
  const root = rootSampler(name.replace(PARENT_BASED, ''), samplerArgument);
  if (typeof root === 'string') {
    onTrouble(`every trace is sent: ${root}`);
    return new ParentBasedSampler({ root: new AlwaysOnSampler() });
  }
  return name.startsWith(PARENT_BASED) ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, argument: string | undefined): Sampler | string {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio': {
      const ratio = Number(argument ?? 1);
      if (ratio >= 0 && ratio <= 1) return new TraceIdRatioBasedSampler(ratio);
      return `OTEL_TRACES_SAMPLER_ARG is "${argument}": expected a number from 0 to 1`;
    }
    default:
      return `OTEL_TRACES_SAMPLER is "${name}": expected always_on, always_off, traceidratio, or one of them with parentbased_ before it`;
  }
}
