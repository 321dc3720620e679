import { Icon, type IconName } from '../parts/icon.tsx';
import { chooseTheme, type Theme, theme } from './theme.ts';

const THEMES: readonly { readonly name: Theme; readonly title: string; readonly icon: IconName }[] = [
  { name: 'system', title: 'Colours as the system has them', icon: 'screen' },
  { name: 'light', title: 'Light colours', icon: 'sun' },
  { name: 'dark', title: 'Dark colours', icon: 'moon' },
];

/** Light, dark, or as the system has it. */
export const ThemeSwitch = () => (
  <fieldset class="theme-switch">
    <legend class="unseen">Colours</legend>
    {THEMES.map(({ name, title, icon }) => (
      <button
        key={name}
        type="button"
        class="icon-button"
        aria-pressed={theme.value === name}
        aria-label={title}
        title={title}
        onClick={() => chooseTheme(name)}
      >
        <Icon name={icon} />
      </button>
    ))}
  </fieldset>
);
