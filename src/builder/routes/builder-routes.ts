import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { PublicSigningKey } from '../attest/sign/index.ts';
import { envelopeOf } from './envelope.ts';
import { type AccessOptions, identifyOperators, identifyUsers } from './identify.ts';
import { LogReaders } from './log-readers.ts';
import { type Identify, mountRoutes, prepareScope, refuseOthers } from './mount.ts';
import { openApi } from './open-api.ts';
import type { BuilderRoute } from './route.ts';
import type { RoutesContext } from './routes-context.ts';
import { ROUTES } from './routes-table.ts';

export interface BuilderRoutesOptions extends Omit<RoutesContext, 'readers'>, AccessOptions {
  /** Of this program. */
  readonly version: string;
  /** What statements about images are signed with, the one that signs now first. @defaultValue none */
  readonly signingKeys?: readonly PublicSigningKey[];
}

const SYSTEM = '/system';
const BUILDS = '/api/v1/build';
/** Where operators find the same. */
const OPERATORS = '/api/slipway/v1/builds';

/** The image builder over HTTP: for users below `/system`, for operators below `/api/slipway/v1/builds`. */
export const builderRoutes =
  (options: BuilderRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const context = { ...options, readers: new LogReaders() };
    await app.register(
      (scope, _nothing, done) => {
        prepareScope(scope);
        mountAbout(scope, options);
        mount(scope, context, identifyUsers(options), ({ path }) => `${BUILDS}${path}`);
        done();
      },
      { prefix: SYSTEM },
    );
    await app.register(
      (scope, _nothing, done) => {
        prepareScope(scope);
        mount(scope, context, identifyOperators(options), ({ operatorPath }) => operatorPath || '/');
        done();
      },
      { prefix: OPERATORS },
    );
  };

function mount(
  app: FastifyInstance,
  context: RoutesContext,
  identify: Identify,
  urlOf: (route: BuilderRoute) => string,
): void {
  mountRoutes(
    app,
    ROUTES.map((route) => ({ route, url: urlOf(route), identify, context })),
  );
}

/** What everybody is told: which program this is, what can be asked of it, and what its statements are signed with. */
function mountAbout(app: FastifyInstance, { version, signingKeys: keys = [] }: BuilderRoutesOptions): void {
  let described: object | undefined;
  const pages: Readonly<Record<string, () => object>> = {
    '/info': () => envelopeOf({ message: `Welcome to Slipway’s image builder, ${version}.` }),
    '/config': () => ({}),
    [`${BUILDS}/keys`]: () =>
      envelopeOf({ message: 'Keys of statements retrieved successfully.', extra: { keys } }),
    '/apispec_1.json': () => {
      described ??= openApi({ routes: ROUTES, base: `${SYSTEM}${BUILDS}`, version });
      return described;
    },
  };
  for (const [url, page] of Object.entries(pages)) {
    app.get(url, { exposeHeadRoute: true }, () => page());
    refuseOthers(app, url, ['GET', 'HEAD']);
  }
}
