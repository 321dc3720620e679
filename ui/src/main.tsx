import './style/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme } from './layout/theme.ts';
import { preloadPage } from './router/routed-page.tsx';
import { rememberScroll } from './router/scroll-memory.ts';

applyTheme();
rememberScroll();
preloadPage();
const place = document.getElementById('app');
if (place === null) throw new Error('the page has no place for the program');
render(<App />, place);
