import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { builtPageFolder, openBuiltPage } from '../../src/page/index.ts';
import { navigate, openBrowser } from './browser.ts';
import { type Served, serve } from './download-server.ts';
import { createRig, type Rig } from './rig.ts';

/** A phone's window; the other one is `openBrowser`'s. */
export const PHONE = { width: 390, height: 844 };

export interface OpenPageOptions {
  /** Further words of `slipway server`. */
  readonly words?: readonly string[];
  /** Who may sign in, as a clients file has them. Absent: the server is open to this machine. */
  readonly clients?: readonly object[];
  /** @defaultValue a new one, which is disposed of with the page */
  readonly rig?: Rig;
}

/** A real server with its web page in a real browser. Dispose of it to end both. */
export interface OpenedPage extends AsyncDisposable {
  readonly rig: Rig;
  readonly server: Served;
  readonly url: string;
  readonly page: Page;
  /** What the browser complained about: broken policies, errors that nobody caught. */
  readonly complaints: readonly string[];
  /** Loads an address of the page, and waits until it has its heading. */
  open(path: string): Promise<void>;
  signIn(clientId: string, accessToken: string): Promise<void>;
  /** What axe-core finds against WCAG 2.2 AA on what is shown now, each with where; empty is what is wanted. */
  faults(): Promise<readonly string[]>;
  /** By how many pixels what is shown is wider than its window. */
  overflow(): Promise<number>;
  /** Makes a picture of the whole page as `NAME.png` in the folder that `SLIPWAY_PICTURES` names; nothing without it. */
  picture(name: string): Promise<void>;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Starts a server and a browser. The page is the one in `dist/ui`. */
export async function openPage(options: OpenPageOptions = {}): Promise<OpenedPage> {
  if (openBuiltPage() === undefined) throw new Error(`no page in ${builtPageFolder()}: npx vite build ui`);
  await using opened = new AsyncDisposableStack();
  const rig = options.rig ?? opened.use(createRig());
  const server = await serve(rig, [
    'server',
    '--port',
    '0',
    ...clientWords(rig, options.clients),
    ...(options.words ?? []),
  ]);
  const { page, complaints } = opened.use(await openBrowser());
  const { url } = server;
  const open = async (path: string): Promise<void> => {
    await navigate(() => page.goto(`${url}${path}`));
    await page.locator('h1').waitFor();
  };
  const kept = opened.move();
  return {
    rig,
    server,
    url,
    page,
    complaints,
    open,
    async signIn(clientId, accessToken) {
      await open('/sign-in');
      await page.getByLabel('Client').fill(clientId);
      await page.getByLabel('Access token').fill(accessToken);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL((address) => address.pathname !== '/sign-in');
    },
    faults: () => faultsOf(page),
    overflow: () =>
      page.locator('html').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth),
    async picture(name) {
      const folder = process.env['SLIPWAY_PICTURES'];
      if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function clientWords(rig: Rig, clients: OpenPageOptions['clients']): readonly string[] {
  if (clients === undefined) return [];
  rig.write('clients.yml', JSON.stringify(clients), 0o600);
  return ['--clients', join(rig.folder, 'clients.yml')];
}

async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE); // evaluated, as the page's policy lets no script in
  const { violations } = await page.evaluate(
    (rules): Promise<AxeResults> =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
        runOnly: rules,
        preload: false,
      }), // the line before put it there
    RULES,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}: ${failureSummary.replaceAll(/\s+/g, ' ')}`),
  );
}
