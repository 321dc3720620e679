/** Where spans go and how, as the variables of OpenTelemetry say it. */
export interface TelemetrySettings {
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** `name=value`, each percent-encoded, with commas between. */
  readonly headers: readonly string[];
  readonly timeoutMs: number;
  readonly isCompressed: boolean;
  /** Files in PEM. */
  readonly certificates: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly serviceName?: string;
  readonly resourceAttributes?: string;
  readonly sampler: string;
  readonly samplerArgument?: string;
  readonly batch: {
    readonly delayMs: number;
    readonly queueSize: number;
    readonly size: number;
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as none. */
const textOf = (environment: Environment, name: string): string | undefined =>
  environment[name]?.trim() || undefined;

function numberOf(environment: Environment, name: string, fallback: number): number {
  const number = Number(textOf(environment, name) ?? fallback);
  return Number.isInteger(number) && number > 0 ? number : fallback;
}

/**
 * Reads the variables; `undefined`: nothing is to be traced. A sentence: something is to be, and cannot. What only traces have
 * goes before what all signals have.
 */
export function readTelemetrySettings(environment: Environment): TelemetrySettings | string | undefined {
  const find = (name: string): string | undefined => textOf(environment, name);
  const findOtlp = (name: string): string | undefined =>
    find(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? find(`OTEL_EXPORTER_OTLP_${name}`);
  if (find('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const exporter = find('OTEL_TRACES_EXPORTER') ?? 'otlp';
  const own = find('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const shared = find('OTEL_EXPORTER_OTLP_ENDPOINT');
  const given = own ?? shared;
  if (given === undefined || exporter === 'none') return undefined;
  if (exporter !== 'otlp') return `OTEL_TRACES_EXPORTER is "${exporter}": expected otlp or none`;
  const url = URL.parse(own ?? `${shared?.replace(/\/+$/, '')}/v1/traces`);
  if (url === null || !/^https?:$/.test(url.protocol))
    return 'OTEL_EXPORTER_OTLP_ENDPOINT is no web address: expected one such as http://127.0.0.1:4318';
  const protocol = findOtlp('PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json')
    return `OTEL_EXPORTER_OTLP_PROTOCOL is "${protocol}": expected http/protobuf or http/json`;
  return {
    url: url.href,
    protocol,
    headers: ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'].flatMap(
      (name) => find(name) ?? [],
    ),
    timeoutMs: numberOf(
      environment,
      find('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') === undefined
        ? 'OTEL_EXPORTER_OTLP_TIMEOUT'
        : 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
      10_000,
    ),
    isCompressed: findOtlp('COMPRESSION') === 'gzip',
    certificates: {
      ...present('ca', findOtlp('CERTIFICATE')),
      ...present('cert', findOtlp('CLIENT_CERTIFICATE')),
      ...present('key', findOtlp('CLIENT_KEY')),
    },
    ...present('serviceName', find('OTEL_SERVICE_NAME')),
    ...present('resourceAttributes', find('OTEL_RESOURCE_ATTRIBUTES')),
    sampler: find('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on',
    ...present('samplerArgument', find('OTEL_TRACES_SAMPLER_ARG')),
    batch: {
      delayMs: numberOf(environment, 'OTEL_BSP_SCHEDULE_DELAY', 5000),
      queueSize: numberOf(environment, 'OTEL_BSP_MAX_QUEUE_SIZE', 2048),
      size: numberOf(environment, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
    },
  };
}

const present = <K extends string>(name: K, text: string | undefined): { readonly [N in K]?: string } =>
  // A computed name: the compiler widens it to any text.
  (text === undefined ? {} : { [name]: text }) as { readonly [N in K]?: string };
