import { signal } from '@preact/signals';

/** `system`: as the machine has it. */
export type Theme = 'system' | 'light' | 'dark';

const KEPT = 'slipway-theme';

const isTheme = (text: string | null): text is Theme =>
  text === 'light' || text === 'dark' || text === 'system';

function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEPT);
    return isTheme(kept) ? kept : 'system';
  } catch {
    return 'system'; // a browser that keeps nothing
  }
}

export const theme = signal<Theme>(keptTheme());

/** Lets the document have the theme; `color-scheme` and the colours follow its attribute. */
export function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (theme.value === 'system') delete dataset['theme'];
  else dataset['theme'] = theme.value;
}

/** Chooses a theme, for this browser from now on. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  applyTheme();
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // Then it holds until the page is loaded again.
  }
}

// Chosen in another tab.
window.addEventListener('storage', ({ key }) => {
  if (key !== KEPT) return;
  theme.value = keptTheme();
  applyTheme();
});
