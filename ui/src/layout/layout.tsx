import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { newVersion, session } from '../api/session.ts';
import { listenToKeys, useKeys } from '../keys/keys.ts';
import { Icon } from '../parts/icon.tsx';
import { loadPart } from '../router/load-part.ts';
import { go, here } from '../router/location.ts';
import { routeOf } from '../router/routes.ts';
import { LiveState } from './live-state.tsx';
import { Mark } from './mark.tsx';
import { SECTIONS } from './sections.ts';
import { ThemeSwitch } from './theme-switch.tsx';
import { Who } from './who.tsx';

/** What is around each page: the way to the others, who looks, and how fresh it is. */
export function Layout({ children }: { readonly children: ComponentChildren }) {
  const [Help, setHelp] = useState<ComponentType<{ readonly onClose: () => void }>>();
  const openHelp = (): void => {
    loadPart(async () => (await import('../keys/keys-help.tsx')).KeysHelp).then(
      (found) => setHelp(() => found),
      () => {}, // the same key again is another try
    );
  };
  useEffect(listenToKeys, []);
  useKeys([
    { keys: '?', says: 'What keys do', run: openHelp },
    ...SECTIONS.map(({ path, title, key }) => ({
      keys: `g ${key}`,
      says: `Go to ${title}`,
      run: () => go(path),
    })),
  ]);
  return (
    <div class="frame">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <SideBar onKeys={openHelp} />
      <main id="content" class="content" tabIndex={-1}>
        {children}
      </main>
      {Help !== undefined && <Help onClose={() => setHelp(undefined)} />}
    </div>
  );
}

function SideBar({ onKeys }: { readonly onKeys: () => void }) {
  const { path } = here.value;
  const [isOpen, setOpen] = useState(false);
  useFocusOnArrival(path);
  useEffect(() => setOpen(false), [path]);
  return (
    <header class={isOpen ? 'side is-open' : 'side'}>
      <div class="side-head">
        <a class="brand" href="/" aria-label="Slipway, overview">
          <Mark />
          Slipway
        </a>
        <LiveState />
        <button
          type="button"
          class="icon-button menu-button"
          aria-expanded={isOpen}
          aria-controls="menu"
          aria-label="Menu"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'cross' : 'menu'} />
        </button>
      </div>
      <div class="menu" id="menu">
        <Navigation section={routeOf(path)?.route.section} />
        <div class="side-foot">
          <Who />
          <div class="side-tools">
            <ThemeSwitch />
            <button
              type="button"
              class="icon-button"
              aria-label="What keys do"
              title="What keys do"
              onClick={onKeys}
            >
              <kbd>?</kbd>
            </button>
          </div>
          <Version />
        </div>
      </div>
    </header>
  );
}

/** Which Slipway this is; of a page that was there before the server's update, the way to the new one. */
function Version() {
  const { value } = session.value;
  if (value === undefined) return null;
  if (newVersion.value === undefined) return <p class="version">Slipway {value.version}</p>;
  return (
    <p class="version" role="status">
      The server is Slipway {newVersion.value} now.{' '}
      <button type="button" class="quiet-link" onClick={() => window.location.reload()}>
        Load its page
      </button>
    </p>
  );
}

const Navigation = ({ section }: { readonly section: string | undefined }) => (
  <nav aria-label="Pages">
    <ul class="sections">
      {SECTIONS.map(({ path, title, icon }) => (
        <li key={path}>
          <a class="section-link" href={path} aria-current={path === section ? 'page' : undefined}>
            <Icon name={icon} />
            {title}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

/** Who goes to another page by a link begins at its top, also with what reads the page aloud. */
function useFocusOnArrival(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [path]);
}
