import { chromium, type Page } from 'playwright-core';

export interface OpenBrowser extends AsyncDisposable {
  readonly page: Page;
  /** What pages wrote to the console and what they threw: policies that were broken say so there. */
  readonly complaints: readonly string[];
}

const EXECUTABLE = '/usr/bin/chromium'; // Debian's; scripts/setup-test-tools installs it

// The sandbox needs rights that root in a container lacks; the others keep it from calling home.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Goes somewhere with a browser, once more where a container came or went meanwhile: that changes the machine's network, and
 * the browser gives up what it had begun to fetch. Repeatable.
 */
export async function navigate(go: () => Promise<unknown>): Promise<void> {
  try {
    await go();
  } catch (error) {
    if (!String(error).includes('ERR_NETWORK_CHANGED')) throw error;
    await navigate(go);
  }
}

/** Starts a real browser with an empty profile. */
export async function openBrowser(): Promise<OpenBrowser> {
  const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Each container that comes or goes changes the machine's network; pages ask again then.
    if (!message.text().includes('ERR_NETWORK_CHANGED')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return {
    page,
    complaints,
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}
